import torch

device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')


def evaluate(net, loader):
    """Run the net over a loader in eval mode.

    returns (labels, predictions), both on the cpu
    """
    net.eval()
    labels_list = []
    preds_list = []
    with torch.no_grad():
        for x, y in loader:
            x = x.to(device).float()
            preds_list.append(torch.argmax(net(x), dim=1).cpu())
            labels_list.append(y)
    return torch.cat(labels_list), torch.cat(preds_list)
