"""The toolbox for any homework that trains networks: networks compared, accuracies settled, data sets, pictures."""
