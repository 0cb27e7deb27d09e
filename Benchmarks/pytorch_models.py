"""The workloads as a PyTorch user writes them: model, optimizer, loss, what counts as right, and the data's layout."""

import torch
from torch import nn


class Last(nn.Module):
    """The last step of a recurrent module's output."""

    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, x):
        return self.module(x)[0][:, -1]


class BothEnds(nn.Module):
    """What a bidirectional module ends with in each direction."""

    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, x):
        _, state = self.module(x)
        return torch.cat([state[0], state[1]], dim=1)


def binary(model, optimizer):
    def is_right(predicted, y):
        return ((predicted > 0.5) == y).sum()

    return model, optimizer(model.parameters()), nn.BCELoss(), is_right, lambda x, y: (x, y)


def classes(model, optimizer, channels_last=False):
    """Class scores; images are given as PyTorch has them, channels first."""

    def is_right(predicted, y):
        return (predicted.argmax(1) == y).sum()

    def prepare(x, y):
        return (torch.movedim(x, -1, 1).contiguous() if channels_last else x), y.argmax(1)

    return model, optimizer(model.parameters()), nn.CrossEntropyLoss(), is_right, prepare


def adam(parameters):
    return torch.optim.Adam(parameters, lr=0.001, eps=1e-7)


def rmsprop(parameters):
    return torch.optim.RMSprop(parameters, lr=0.001, alpha=0.9, eps=1e-7)


def momentum(parameters):
    return torch.optim.SGD(parameters, lr=0.01, momentum=0.9)


def guide():
    return binary(nn.Sequential(nn.Linear(100, 32), nn.ReLU(), nn.Linear(32, 1), nn.Sigmoid()), rmsprop)


def mlp():
    return classes(
        nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10)), rmsprop
    )


def cnn():
    model = nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Dropout(0.5), nn.Linear(1600, 10),
    )
    return classes(model, adam, channels_last=True)


def lstm():
    return classes(nn.Sequential(Last(nn.LSTM(16, 32, num_layers=3, batch_first=True)), nn.Linear(32, 10)), rmsprop)


def embedding():
    model = nn.Sequential(
        nn.Embedding(5000, 128), Last(nn.LSTM(128, 128, batch_first=True)), nn.Linear(128, 1), nn.Sigmoid()
    )
    return binary(model, adam)


def normalized():
    layers, width = [], 64
    for _ in range(8):
        layers += [nn.Linear(width, 256), nn.BatchNorm1d(256, eps=0.001, momentum=0.01), nn.ReLU()]
        width = 256
    return classes(nn.Sequential(*layers, nn.Linear(256, 10)), adam)


def gru():
    model = nn.Sequential(
        BothEnds(nn.GRU(32, 64, batch_first=True, bidirectional=True)), nn.Linear(128, 1), nn.Sigmoid()
    )
    return binary(model, adam)


def conv1d():
    model = nn.Sequential(
        nn.Conv1d(16, 64, 5, padding=2), nn.ReLU(), nn.MaxPool1d(2), nn.Conv1d(64, 128, 5, padding=2), nn.ReLU(),
        nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(128, 10),
    )
    return classes(model, adam, channels_last=True)


def vgg():
    model = nn.Sequential(
        nn.Conv2d(3, 32, 3, padding=1), nn.ReLU(), nn.Conv2d(32, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.Conv2d(64, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(4096, 128), nn.ReLU(), nn.Linear(128, 10),
    )
    return classes(model, momentum, channels_last=True)


PROGRAMS = {
    program.__name__: program for program in (guide, mlp, cnn, lstm, embedding, normalized, gru, conv1d, vgg)
}
