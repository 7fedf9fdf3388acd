"""What an item in attention means to a shop, and what to do about it, in English and Chinese."""

from typing import NamedTuple


class Advice(NamedTuple):
    """`happened` and `to_do` are (English, Chinese)."""

    happened: tuple[str, str]
    to_do: tuple[str, str]


# By the names of `records.WHY_NAMES`.
ADVICE: dict[str, Advice] = {
    "unknown": Advice(
        ("It was sent and never answered: only the acquirer knows if the card was charged.",
         "请求已发出但未收到应答，是否扣款只有收单方知道。"),
        ("Look it up at the acquirer by terminal, batch and trace number before charging again.",
         "重新收款前，请凭终端号、批次号和流水号向收单方查询。"),
    ),
    "unproven": Advice(
        ("The host approved it, but nothing proves that the terminal received the answer.",
         "主机已批准，但无法证明终端收到了应答。"),
        ("Compare the terminal's slip; without one, ask the acquirer to refund or confirm it.",
         "请核对终端签购单；若无签购单，请联系收单方确认或退款。"),
    ),
    "refused": Advice(
        ("The host refused the stored message for good.", "主机最终拒绝了已存储的报文。"),
        ("Read the code; give the acquirer terminal, batch, trace number and amount.",
         "请查看应答码，并向收单方提供终端号、批次号、流水号和金额。"),
    ),
    "stale-key": Advice(
        ("The terminal signed in again first: the seal of the stored message is void.",
         "终端已先行重新签到，所存报文的MAC已失效。"),
        ("Let the batch upload of the settlement bring it, or have the acquirer book it by hand.",
         "请通过结算批上送补报，或请收单方手工处理。"),
    ),
    "differs": Advice(
        ("The terminal sent it again with other content after the first had gone out.",
         "首次报文发出后，终端又以不同内容重发。"),
        ("Ask the acquirer which of the two is booked; do not send either again.",
         "请向收单方确认入账的是哪一笔，切勿再次发送。"),
    ),
    "too-many-attempts": Advice(
        ("It was tried as often as allowed, while the host answered others.",
         "已达最大重试次数，而主机对其他交易有应答。"),
        ("Ask the acquirer why it is not taken, and whether it is booked already.",
         "请向收单方查询未受理的原因，并确认是否已入账。"),
    ),
    "too-old": Advice(
        ("It waited longer than allowed, while the host answered others.",
         "等待时间超过上限，而主机对其他交易有应答。"),
        ("Ask the acquirer whether it is booked; if it is not, have it booked by hand.",
         "请向收单方确认是否已入账；若未入账，请其手工处理。"),
    ),
    "settled-before": Advice(
        ("Its batch was settled before it could be delivered.", "所属批次在其送达前已结算。"),
        ("Expect the batch to be out of balance by this amount; have the acquirer look at it.",
         "该批次可能因此金额对账不平，请联系收单方核对。"),
    ),
    "not-repeatable": Advice(
        ("It was sent and not answered, and this host would book a repeat twice.",
         "已发出但未应答，而该主机会将重发报文重复入账。"),
        ("Ask the acquirer whether it is booked, and not twice where a batch upload named it, "
         "too; it will not be sent again by itself.",
         "请向收单方确认是否已入账；若批上送也含此笔，请核对是否重复入账。系统不会自动重发。"),
    ),
    "damaged": Advice(
        ("Its stored message can no longer be read back.", "所存报文已无法读取。"),
        ("Find it in the terminal's log by the trace number, and report it to the acquirer.",
         "请凭流水号在终端记录中查找，并报告收单方。"),
    ),
    "restored": Advice(
        ("It comes from a backup, and may have arrived since that was made.",
         "该笔来自备份，备份之后可能已经送达。"),
        ("Ask the acquirer whether it is booked before anything else.",
         "请先向收单方确认是否已入账。"),
    ),
    "taken-back": Advice(
        ("The bridge had approved it; the terminal reversed it while the advice was on its way.",
         "网关已代授权，通知上送途中终端又冲正。"),
        ("Nothing while its reversal waits for the host; otherwise ask the acquirer for both.",
         "冲正待送期间无需处理；否则请向收单方核对该笔及其冲正。"),
    ),
}  # fmt: skip

_UNREADABLE = Advice(
    ("The entry that says why is damaged.", "记录原因的日志条目已损坏。"),
    ("Ask the acquirer by terminal and trace number.", "请凭终端号和流水号向收单方查询。"),
)


def advice(why: str) -> Advice:
    """What `why` (a name of `records.WHY_NAMES`) means; for any other, that it cannot be read."""
    return ADVICE.get(why, _UNREADABLE)
