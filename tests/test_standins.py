"""What only Colab or a notebook's server brings decides nothing: it is there, does nothing, and a GPU is counted."""

from __future__ import annotations

import pytest

from autograder.evidence import Evidence
from autograder.expect import same
from autograder.hw1 import ablations
from autograder.sandbox.session import Session
from autograder.seeds import PUBLIC_SEED, key_for

EXP1 = ablations.CHECKS[0].judge
NOTEBOOK = {
    "tqdm.notebook": "from tqdm.notebook import tqdm, trange\nfor _ in tqdm(range(3), desc='a', leave=False): pass\n",
    "tqdm_notebook": "from tqdm import tqdm_notebook\nlist(tqdm_notebook(range(3)))\n",
    "tqdm.auto": "from tqdm.auto import tqdm\nbar = tqdm(range(3))\nbar.set_postfix(loss=1)\nbar.close()\n",
    "display": "from IPython.display import HTML, clear_output, display\ndisplay(HTML('a'))\nclear_output()\n",
    "Colab's drive": "from google.colab import drive, files\ndrive.mount('/content/drive', force_remount=True)\n",
    "a question": "try:\n    import google.colab\nexcept ImportError:\n    pass\nelse:\n    raise ValueError\n",
    "widgets": "import ipywidgets as widgets\nslider = widgets.IntSlider(value=3)\n",
    "a module of bars": "import tqdm\nfor _ in tqdm.notebook.tqdm(range(2)): pass\nlist(tqdm.auto.tqdm(range(2)))\n",
    "an upload": "from google.colab import files\nfor name in files.upload().keys(): raise ValueError\n"
    "files.download('a.pt')\n",
    "magics": "get_ipython().run_line_magic('matplotlib', 'inline')\nget_ipython().system('pip install a')\n"
    "from IPython import get_ipython\nget_ipython().magic('load_ext autoreload')\ndisplay('a')\n"
    "assert 'google.colab' not in str(get_ipython())\n",
    "old displays": "from IPython.core.display import HTML, Image, display\ndisplay(Image(filename='a.png'))\n"
    "from IPython.display import set_matplotlib_formats\nset_matplotlib_formats('svg')\n"
    "from matplotlib_inline.backend_inline import set_matplotlib_formats\n"
    "import matplotlib.pyplot as plt\nplt.show()\n",
    "interaction": "from ipywidgets import IntSlider, Output, interact\nslider = IntSlider(value=3)\n"
    "assert slider.value == 3\nslider.value += 1\n@interact(x=(0, 3))\ndef f(x): return x\nassert f(2) == 2\n"
    "with Output(): pass\n",
    "a window": "import os\nos.environ['MPLBACKEND'] = 'TkAgg'\nimport matplotlib.pyplot as plt\n"
    "plt.style.use('seaborn')\nplt.plot([1])\nplt.get_current_fig_manager().window.showMaximized()\nplt.show()\n",
    "Colab's folders": "import os\nfrom pathlib import Path\nos.chdir('/content/drive/MyDrive')\n"
    "os.makedirs('/proc/content/results', exist_ok=True)\nPath('/proc/content/a').mkdir(parents=True, exist_ok=True)\n",
    "its own folder": "import os\nos.chdir(os.path.dirname(os.path.abspath(__file__)))\nopen('a.txt', 'w').close()\n"
    "os.makedirs('results/a')\n",
    "what is saved elsewhere": "import torch\nimport matplotlib.pyplot as plt\n"
    "torch.save({'a': 1}, '/content/drive/a.pt')\nassert torch.load('/content/drive/a.pt') == {'a': 1}\n"
    "torch.save({'a': 1}, f='checkpoints/b.pt')\nplt.plot([1])\nplt.savefig('/content/drive/a.png')\n"
    "with open('/content/drive/a.txt', 'w') as file: file.write('a')\n"
    "assert open('/content/drive/a.txt').read() == 'a'\n",
    "processes": "import subprocess, sys\nsubprocess.check_call([sys.executable, '-m', 'pip', 'install', 'a'])\n"
    "assert subprocess.getoutput('nvidia-smi') == ''\nimport os\nassert os.popen('ls').read() == ''\n"
    "assert subprocess.run(['nvidia-smi'], capture_output=True).stdout == b''\n",
    "scripted": "import torch\nfrom torch import nn\ntorch.jit.script(nn.Linear(2, 2))(torch.ones(1, 2))\n"
    "torch.jit.trace(nn.Linear(2, 2), torch.ones(1, 2))\n",
    "windows": "import matplotlib\nmatplotlib.use('TkAgg')\nimport matplotlib.pyplot as plt\n"
    "plt.switch_backend('Qt5Agg')\nplt.plot([1, 2])\nplt.show()\nplt.savefig('a.png')\n",
}
GPU = """
torch.cuda.synchronize()
torch.cuda.set_device(0)
str(torch.cuda.get_device_name(0)), torch.cuda.get_device_properties(0).total_memory
torch.cuda.get_device_capability(), torch.cuda.mem_get_info()
torch.cuda.empty_cache(), torch.cuda.reset_peak_memory_stats(), torch.cuda.max_memory_allocated()
begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
begin.record(), end.record(), torch.cuda.current_stream().synchronize()
assert begin.elapsed_time(end) >= 0
with torch.cuda.device(0), torch.cuda.stream(torch.cuda.Stream()): torch.cuda.current_device()
torch.cuda.manual_seed(1), torch.cuda.manual_seed_all(1), torch.Generator(device='cuda').manual_seed(3)
assert torch.cuda.FloatTensor([1.0]).device.type == torch.ones(1).type('torch.cuda.FloatTensor').device.type == 'cpu'
assert torch.ones(1).pin_memory().to(0).device.type == 'cpu'
assert torch.empty(1, pin_memory=True, device='cuda').device.type == 'cpu'
assert torch.device('cuda').type == 'cuda' and torch.ones(1).to(torch.device('cuda')).device.type == 'cpu'
torch.set_default_device('cuda')
assert torch.zeros(1).device.type == 'cpu'
with torch.device('cuda'): assert torch.zeros(1).device.type == 'cpu'
torch.amp.GradScaler('cuda').scale(torch.ones(1)), torch.cuda.amp.GradScaler()
with torch.cuda.amp.autocast(), torch.autocast('cuda'): pass
nn.DataParallel(nn.Linear(2, 2).cuda(), device_ids=[0])(torch.ones(1, 2).cuda(non_blocking=True))
torch.compile(nn.Linear(2, 2))(torch.ones(1, 2)), torch.compile(lambda x: x)(1), nn.Linear(2, 2).compile()
torch.mps.synchronize(), torch.mps.empty_cache(), torch.mps.manual_seed(1), torch.mps.Event(enable_timing=True).record()
free, total = torch.cuda.mem_get_info()
assert free / total <= 1 and torch.cuda.get_device_properties('cuda').multi_processor_count >= 0
torch.Stream(device='cuda'), torch.Event(device='cuda', enable_timing=True).record()
torch.cuda.is_bf16_supported(), torch.cuda.get_sync_debug_mode(), torch.cuda.profiler.start(), torch.cuda.nvtx.mark('a')
torch.cuda.memory.set_per_process_memory_fraction(0.5), torch.cuda.memory.mem_get_info(), torch.cuda.utilization()
torch.xpu.synchronize(), torch.xpu.get_device_name(), torch.xpu.mem_get_info(), torch.accelerator.synchronize()
assert torch.ones(1).to('xpu').device.type == torch.ones(1).xpu().device.type == 'cpu'
assert nn.Linear(2, 2).to(torch.accelerator.current_accelerator().type).weight.device.type == 'cpu'
assert torch.compile(nn.Linear(2, 2))._orig_mod.weight.shape == (2, 2)
torch.save({'x': torch.ones(1)}, 'x.pt')
for where in ('cuda', torch.device('cuda:0'), 'mps', {'cpu': 'cuda:0'}, None): torch.load('x.pt', map_location=where)
assert not torch.cuda.is_available() and not torch.cuda.device_count()
"""


@pytest.fixture
def seen_of(launcher, tmp_path, solution):
    """What the first experiment brings back when the file begins with a text, or its constructor runs one."""

    def run(top="", constructor=""):
        text = (solution / "ablations.py").read_text()
        lines = "".join(f"        {line}\n" for line in constructor.strip().splitlines())
        text = (
            text.replace("        super().__init__()\n", f"        super().__init__()\n{lines}", 1) if lines else text
        )
        files = {"ablations.py": (top + text).encode()}
        with Session(launcher, files, 2 << 30, 10, "full", base=tmp_path) as session:
            return session.observe(EXP1.probe, key_for(PUBLIC_SEED, EXP1.probe.id))

    return run


def is_right(seen, recording):
    return isinstance(seen, Evidence) and same(EXP1.view(seen), EXP1.view(recording.reference[EXP1.probe.id]))


@pytest.mark.parametrize("name", NOTEBOOK)
def test_what_a_notebook_imports_is_there_and_does_nothing(name, seen_of, recording):
    seen = seen_of(NOTEBOOK[name])
    assert is_right(seen, recording), seen


def test_each_way_to_ask_for_a_gpu_is_answered_without_one_and_counted(seen_of, recording):
    seen = seen_of("import torch\nfrom torch import nn\n", GPU)
    assert is_right(seen, recording), seen
    assert seen.facts["redirected"] > 20


DEMANDS = [
    "assert torch.cuda.is_available(), 'choose a GPU'",
    "assert torch.cuda.device_count() > 0",
    "if not torch.cuda.is_available():\n    raise SystemError('GPU device not found')",
    "import sys\nif not torch.cuda.is_available(): sys.exit('no GPU')",
    "if torch.cuda.is_available():\n    device = 'cuda'\nelse:\n    raise RuntimeError('no GPU')",
    "has = torch.cuda.is_available()\nassert has\ntorch.ones(1).to('cuda' if has else 'cpu')",
    "assert torch.backends.mps.is_available()",
]


@pytest.mark.parametrize("text", DEMANDS)
def test_what_goes_no_further_without_a_gpu_is_told_that_there_is_one(text, seen_of, recording):
    seen = seen_of(f"import torch\n{text}\n")
    assert is_right(seen, recording), seen


def test_a_demand_in_a_constructor_is_counted_and_a_question_is_answered_truly(seen_of, recording):
    seen = seen_of("import torch\n", "assert torch.cuda.is_available()\nif torch.cuda.is_available(): raise ValueError")
    assert is_right(seen, recording), seen
    assert seen.facts["redirected"] == 1


@pytest.mark.parametrize("line", ["torch.manual_seed(1)", "torch.cuda.manual_seed_all(1)", "torch.cuda.empty_cache()"])
def test_what_works_without_a_gpu_is_not_counted(line, seen_of):
    assert seen_of("import torch\n", line).facts["redirected"] == 0
