"""The words of every cause: what it is and what to do next, in English and Chinese.

A new cause is a row here and a row in the table that looks for it (`transaction`, `settlement`,
`arrival`).
"""

from dataclasses import dataclass, field

Pair = tuple[str, str]


@dataclass(frozen=True)
class Cause:
    """`is_wrong` is False where nothing has to be mended: it only explains."""

    title: Pair
    to_do: Pair
    is_wrong: bool = True


@dataclass
class Found:
    """A cause that was found, with what the journal says for it."""

    name: str
    evidence: list[Pair] = field(default_factory=list)

    @property
    def cause(self) -> Cause:
        """Its words."""
        return CAUSES[self.name]


CAUSES: dict[str, Cause] = {
    "window": Cause(
        ("The shop's own trading hours refused it; it never left the shop.",
         "被商户自设的营业时段拒绝，交易未上送。"),
        ("Make the sale again when the window opens, or change [[window]] in bridge.toml.",
         "时段开放后重新交易，或修改bridge.toml中的[[window]]。"),
    ),
    "limit": Cause(
        ("A limit that the shop set refused it; it never left the shop.",
         "被商户自设的限额拒绝，交易未上送。"),
        ("Take another card or amount, or change the limit in bridge.toml.",
         "更换卡片或金额，或修改bridge.toml中的限额。"),
    ),
    "settle-first": Cause(
        ("The batch is overdue, and sales are refused until it is settled.",
         "批次逾期未结算，结算前拒绝新交易。"),
        ("Settle the terminal, then make the sale again.", "请先在终端结算，再重新交易。"),
    ),
    "clock": Cause(
        ("The bridge did not know the time, and the setting for that case refuses.",
         "网关不知道当前时间，按设置拒绝。"),
        ("Give the bridge a network with NTP, or set when_unknown to allow.",
         "请使网关能够对时(NTP)，或将when_unknown设为allow。"),
    ),
    "line": Cause(
        ("There was no line to the acquirer; the request was not sent, the card not charged.",
         "收单线路不通，请求未发出，未扣款。"),
        ("Make the sale again. If it stays so: tidegate doctor.",
         "请重新交易；若持续如此，请运行tidegate doctor。"),
    ),
    "busy": Cause(
        ("Something of this terminal had to be delivered first, or there was no room.",
         "该终端有前序交易须先送达，或存储不足。"),
        ("See tidegate queue list; make the sale again when it is empty.",
         "请查看tidegate queue list，清空后重新交易。"),
    ),
    "host-line": Cause(
        ("The acquirer or the issuer could not be reached behind the acquirer's host.",
         "收单主机之后的线路或发卡方不可用。"),
        ("Wait some minutes and make the sale again; it was not charged.",
         "请稍候几分钟再重新交易；本笔未扣款。"),
    ),
    "account": Cause(
        ("The issuer refused the card or the account.", "发卡方拒绝了该卡或账户。"),
        ("Take another card; the customer has to ask the bank that issued this one.",
         "请更换卡片；持卡人须联系发卡行。"),
    ),
    "operator": Cause(
        ("It was entered in a way the host does not accept.", "操作或录入有误，主机不接受。"),
        ("Check amount, original trace number and date, and enter it again.",
         "请核对金额、原流水号和日期后重新操作。"),
    ),
    "merchant": Cause(
        ("The acquirer does not allow this to the merchant or the terminal.",
         "收单方不允许该商户或终端做此交易。"),
        ("Ask the acquirer about this merchant and terminal number; trying again does not help.",
         "请凭商户号和终端号联系收单方；重试无效。"),
    ),
    "host-code": Cause(
        ("The host refused it.", "主机拒绝。"),
        ("Read the code; ask the acquirer with trace number and time.",
         "请查看应答码，并凭流水号和时间联系收单方。"),
    ),
    "no-answer": Cause(
        ("It was sent and never answered: only the acquirer knows if the card was charged.",
         "请求已发出但未收到应答，是否扣款只有收单方知道。"),
        ("Look it up at the acquirer before charging again; then tidegate queue settle.",
         "重新收款前请先向收单方查询，再用tidegate queue settle登记。"),
    ),
    "late": Cause(
        ("The approval came when nobody waited any more; the terminal has to reverse it.",
         "批准应答到达过迟，应由终端冲正。"),
        ("Make any transaction at that terminal: it sends its reversal first.",
         "请在该终端做任一笔交易，终端会先发送冲正。"),
    ),
    "reversed": Cause(
        ("The terminal took it back: no money comes, and the card gets its amount again.",
         "终端已冲正：该笔不会到账，款项退回卡内。"),
        ("Make the sale again if the goods were handed over.", "若商品已交付，请重新收款。"),
    ),
    "waiting": Cause(
        ("It is stored on the bridge and waits for the acquirer.", "已存储在网关，待上送收单方。"),
        ("Keep the bridge powered and the line up; see tidegate queue list.",
         "请保持网关供电和线路畅通，并查看tidegate queue list。"),
    ),
    "attention": Cause(
        ("It could not be delivered or proved, and a person has to decide.",
         "无法送达或无法证实，须人工处理。"),
        ("tidegate queue list says what to do, tidegate queue settle records it.",
         "tidegate queue list说明处理办法，用tidegate queue settle登记结果。"),
    ),
    "maintenance": Cause(
        ("The host was away for maintenance or cut-over.", "主机维护或日切。"),
        ("Nothing to mend: make the sale again afterwards; what is stored goes out by itself.",
         "无需处理：结束后重新交易；已存储的会自动补发。"),
    ),
    "cut-over": Cause(
        ("It counts for the next business day.", "该笔计入次日清算。"),
        ("Nothing to mend: count it in that day's money.", "无需处理：请在次日款项中核对。"),
        is_wrong=False,
    ),
    "holiday": Cause(
        ("Weekend or holidays lie between; they do not count.", "中间有周末或节假日，不计入。"),
        ("Nothing to mend: wait for the expected day.", "无需处理：请等待预计到账日。"),
        is_wrong=False,
    ),
    "keys": Cause(
        ("The keys or seals do not fit: the terminal has to sign in.",
         "密钥或MAC不符，终端须重新签到。"),
        ("Sign in at the terminal and make the sale again.", "请在终端签到后重新交易。"),
    ),
    "unbalanced": Cause(
        ("The batch is out of balance: the host counts something else than the terminal.",
         "批次对账不平：主机与终端的账不同。"),
        ("Let the terminal finish its upload, then compare: tidegate exceptions --day D.",
         "请让终端完成批上送，再用tidegate exceptions --day D核对。"),
    ),
    "not-settled": Cause(
        ("The batch has not been settled.", "批次尚未结算。"),
        ("Settle at the terminal.", "请在终端结算。"),
    ),
    "no-settlement-answer": Cause(
        ("The settlement was sent and not answered.", "结算请求已发出，未收到应答。"),
        ("Settle again at the terminal; it keeps its batch until it is answered.",
         "请在终端重新结算；收到应答前终端保留批次。"),
    ),
    "overdue": Cause(
        ("The batch is older or fuller than the shop allows.", "批次超过允许的时间或笔数。"),
        ("Settle at the terminal today.", "请今天在终端结算。"),
    ),
    "not-due": Cause(
        ("The money is not due yet.", "尚未到预计到账日。"),
        ("Nothing to mend: wait for the date.", "无需处理：请等待到账日。"),
        is_wrong=False,
    ),
    "past-due": Cause(
        ("By the books here the money should have arrived.", "按本方账目，款项应已到账。"),
        ("Ask the acquirer with the business day and these sums; add tidegate evidence make.",
         "请凭清算日期和上述金额联系收单方，并附tidegate evidence make的证据包。"),
    ),
}  # fmt: skip
