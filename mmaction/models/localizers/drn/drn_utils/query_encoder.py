"""Encoder of the sentence, one vector per level (Zeng et al., 2020, sec. 3.2)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

__all__ = ['NUM_LEVELS', 'QueryEncoder', 'apply_mask1d']

NUM_LEVELS = 3


def apply_mask1d(attention: Tensor, image_locs: Tensor) -> Tensor:
    """Mask the attention logits of padding with -inf.

    Args:
        attention: (N, L).
        image_locs: number of words that are no padding, (N,).
    """
    padding = torch.arange(attention.shape[1], device=attention.device) >= image_locs.to(attention.device)[:, None]
    return attention.masked_fill(padding, float('-inf'))


class QueryEncoder(nn.Module):
    """LSTM over the words, and for each of three levels an attention-weighted sum of them.

    Args:
        vocab_size: number of words; their indices are 1..vocab_size, 0 is padding.
        hidden_dim: channels of the LSTM per direction.
        embed_dim: channels per word.
        num_layers: layers of the LSTM.
        bidirection: whether the LSTM also reads backwards.
    """

    def __init__(
        self,
        vocab_size: int,
        hidden_dim: int = 512,
        embed_dim: int = 300,
        num_layers: int = 1,
        bidirection: bool = True,
    ) -> None:
        super().__init__()
        self.vocab_size = vocab_size
        self.embedding = nn.Embedding(vocab_size + 1, embed_dim, padding_idx=0)
        self.biLSTM = nn.LSTM(embed_dim, hidden_dim, num_layers, batch_first=True, bidirectional=bidirection)
        self.out_dim = hidden_dim * (2 if bidirection else 1)
        self.W3 = nn.Linear(2 * self.out_dim, hidden_dim)
        self.W2 = nn.ModuleList([nn.Linear(hidden_dim, self.out_dim) for _ in range(NUM_LEVELS)])
        self.W1 = nn.Linear(self.out_dim, 1)

    def extract_textual(self, q_encoding: Tensor, lstm_outputs: Tensor, q_length: Tensor, t: int) -> Tensor:
        """Attention-weighted sum of the words for level ``t``.

        Args:
            q_encoding: encoded sentence (N, 2 C).
            lstm_outputs: encoded words (N, L, C).
            q_length: number of words (N,).
            t: index of the level.

        Returns:
            (N, C).
        """
        command = self.W2[t](self.W3(q_encoding).relu())
        weight = self.W1(command[:, None] * lstm_outputs)[..., 0]  # (N, L)
        weight = apply_mask1d(weight, q_length).softmax(dim=-1)
        return torch.bmm(weight[:, None], lstm_outputs)[:, 0]

    def forward(self, query_tokens: Tensor, query_length: Tensor) -> list[Tensor]:
        """Encode sentences: one (N, C) per level.

        Args:
            query_tokens: (N, L), padded with 0.
            query_length: number of words (N,), at least 1.
        """
        words = self.embedding(query_tokens)
        packed = pack_padded_sequence(words, query_length.cpu(), batch_first=True, enforce_sorted=False)
        words, _ = pad_packed_sequence(self.biLSTM(packed)[0], batch_first=True)  # (N, L, C)
        last = words[torch.arange(len(words), device=words.device), query_length.to(words.device) - 1]
        sentence = torch.cat((words[:, 0], last), dim=-1)
        return [self.extract_textual(sentence, words, query_length, level) for level in range(NUM_LEVELS)]
