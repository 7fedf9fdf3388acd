"""What response codes, kinds and other coded values mean, in English and Chinese.

The codes are those of UnionPay-style terminals: the texts of F39 follow what terminals show, the
kinds are those of `tidegate.proto.kinds`. The board knows none of this; it speaks in numbers.
"""

from typing import Any

from tidegate.proto.kinds import KIND_NAMES

# F39 -> (English, Chinese).
RESPONSES: dict[str, tuple[str, str]] = {
    "00": ("approved", "交易成功"),
    "01": ("refer to issuer", "请持卡人与发卡行联系"),
    "02": ("refer to issuer, special conditions", "请持卡人与发卡行联系(特殊条件)"),
    "03": ("invalid merchant", "无效商户"),
    "04": ("pick up card", "此卡被没收"),
    "05": ("not authenticated, do not honour", "持卡人认证失败"),
    "06": ("error", "交易出错"),
    "07": ("pick up card, special conditions", "特殊条件下没收卡"),
    "09": ("in progress, wait", "请求正在处理中, 请稍候"),
    "10": ("partial approval", "部分金额批准"),
    "11": ("approved, VIP", "成功, VIP客户"),
    "12": ("invalid transaction", "无效交易"),
    "13": ("invalid amount", "无效金额"),
    "14": ("invalid card number", "无效卡号"),
    "15": ("no such issuer", "此卡无对应发卡方"),
    "21": ("card not initialised", "该卡未初始化或睡眠卡"),
    "22": ("wrong operation, or too long ago", "操作有误, 或超出交易允许天数"),
    "25": ("original not found", "没有原始交易, 请联系发卡方"),
    "30": ("format error, try again", "请重试(报文格式错误)"),
    "31": ("issuer not supported", "此卡不能受理(发卡方不支持)"),
    "33": ("expired card, pick up", "过期的卡, 没收"),
    "34": ("suspected fraud, pick up", "有作弊嫌疑, 没收"),
    "35": ("contact the acquirer, pick up", "请与受理方联系, 没收卡"),
    "36": ("restricted card, pick up", "受限制的卡, 没收"),
    "37": ("call acquirer security, pick up", "请与受理方安全部门联系, 没收卡"),
    "38": ("PIN tries exceeded, pick up", "超出密码输入次数, 没收卡"),
    "40": ("function not supported", "发卡方不支持的交易类型"),
    "41": ("lost card, pick up", "挂失卡, 没收"),
    "42": ("no such account", "无此账户"),
    "43": ("stolen card, pick up", "被窃卡, 没收"),
    "51": ("insufficient funds", "可用余额不足"),
    "53": ("no such savings account", "无此储蓄账户"),
    "54": ("expired card", "该卡已过期"),
    "55": ("wrong PIN", "密码错误"),
    "57": ("not permitted to this card", "不允许此卡交易"),
    "58": ("not permitted at this terminal", "本终端不允许此交易"),
    "59": ("suspected fraud", "卡片校验错, 有作弊嫌疑"),
    "61": ("amount over the limit", "交易金额超限"),
    "62": ("restricted card", "受限制的卡"),
    "63": ("security violation", "违反安全保密规定"),
    "64": ("amount does not match the original", "交易金额与原交易不匹配"),
    "65": ("too many withdrawals", "超出消费次数限制"),
    "66": ("contact the acquirer", "交易不成功, 请联系收单行"),
    "68": ("answered too late, try again", "交易超时, 请重试"),
    "75": ("PIN tries exceeded", "密码错误次数超限"),
    "77": ("sign in again", "请向网络中心签到"),
    "90": ("system cut-over, try again later", "系统日切, 请稍后重试"),
    "91": ("issuer not available", "发卡方状态不正常, 请稍后重试"),
    "92": ("line to the issuer failed", "发卡方线路异常, 请稍后重试"),
    "94": ("duplicate", "重复交易, 拒绝"),
    "95": ("totals do not agree", "对账不平, 请上传批明细"),
    "96": ("switch failure, try again later", "交换中心异常, 请稍后重试"),
    "97": ("terminal not registered", "终端未登记"),
    "98": ("issuer timed out", "发卡方超时, 未收到应答"),
    "99": ("PIN format error, sign in again", "密码格式错, 请重新签到"),
    "A0": ("MAC failed, sign in again", "MAC校验错, 请重新签到"),
    "A1": ("currency does not match", "转账货币不一致"),
    "A2": ("approved, confirm with the issuer", "交易成功, 请向发卡行确认"),
    "A3": ("account does not match", "账户不正确"),
    "A4": ("approved, confirm with the issuer", "交易成功, 请向发卡行确认"),
    "A5": ("approved, confirm with the issuer", "交易成功, 请向发卡行确认"),
    "A6": ("approved, confirm with the issuer", "交易成功, 请向发卡行确认"),
    "A7": ("security processing failed, try again later", "安全处理失败, 请稍后重试"),
}

# Why the bridge itself declined, by the reason in a hold -> (English, Chinese).
REASONS: dict[str, tuple[str, str]] = {
    "free": ("not known", "原因不明"),
    "window": ("the shop's own hours", "商户营业时段限制"),
    "cap": ("above what this window allows", "超出本时段金额上限"),
    "clock-unknown": ("the bridge does not know the time", "网关时间未知"),
    "line": ("no line to the acquirer", "收单线路不通"),
    "busy": ("something stands before it, or there is no room", "前序交易未完成或存储不足"),
    "limit-amount": ("a limit of the amount", "单笔金额限制"),
    "limit-count": ("a limit of the number of transactions", "笔数限制"),
    "limit-sum": ("a limit of the sum", "累计金额限制"),
    "limit-card": ("this card too often", "同卡交易频次限制"),
    "limit-luhn": ("the typed number has a wrong check digit", "手输卡号校验位错误"),
    "limit-repeat": ("the same card and amount again", "同卡同金额重复交易"),
    "settle-first": ("the batch has to be settled first", "须先结算"),
}

# In the F39 of a reversal request the code is the reason.
REVERSAL_REASONS: dict[str, tuple[str, str]] = {
    "98": ("no answer came", "未收到应答"),
    "A0": ("the answer's MAC was wrong", "应答MAC校验错"),
    "06": ("the answer could not be used", "其他原因"),
    "96": ("system failure", "系统故障"),
}

# Name of a kind -> (English, Chinese).
KINDS: dict[str, tuple[str, str]] = {
    "none": ("none", "无"),
    "sale": ("sale", "消费"),
    "void": ("void of a sale", "消费撤销"),
    "refund": ("refund", "退货"),
    "preauth": ("pre-authorization", "预授权"),
    "preauth-add": ("addition to a pre-authorization", "追加预授权"),
    "preauth-void": ("void of a pre-authorization", "预授权撤销"),
    "completion": ("completion", "预授权完成(请求)"),
    "completion-void": ("void of a completion", "预授权完成撤销"),
    "completion-advice": ("completion as an advice", "预授权完成(通知)"),
    "balance": ("balance inquiry", "余额查询"),
    "other-live": ("other financial request", "其他联机交易"),
    "reversal": ("reversal", "冲正"),
    "offline-sale": ("off-line sale", "离线结算"),
    "adjust": ("adjustment or tip", "结算调整"),
    "ic-sale": ("off-line chip sale", "脱机消费上送"),
    "ic-refund": ("off-line refund", "脱机退货"),
    "script-result": ("script result", "脚本结果通知"),
    "sign-in": ("sign-in", "签到"),
    "sign-off": ("sign-off", "签退"),
    "echo": ("echo test", "回响测试"),
    "download": ("download of keys or parameters", "参数与密钥下载"),
    "settlement": ("settlement", "批结算"),
    "batch-upload": ("batch upload", "批上送"),
    "batch-end": ("end of the batch upload", "批上送结束"),
    "other": ("other", "其他"),
}


def response(code: str) -> tuple[str, str]:
    """The meaning of a response code (F39) in English and Chinese.

    An unknown code gives ("unknown code", "未知应答码").
    """
    return RESPONSES.get(code, ("unknown code", "未知应答码"))


def reason(hold: dict[str, Any]) -> tuple[str, str]:
    """Why a hold was refused, with the number of its window or limit in bridge.toml, from 1."""
    english, chinese = REASONS.get(hold["reason"], (hold["reason"], hold["reason"]))
    for what, name in (("window", "时段"), ("limit", "限额")):
        if hold.get(what) is not None:
            number = hold[what] + 1
            return f"{english} ({what} {number})", f"{chinese}({name}{number})"
    return english, chinese


def kind(number_or_name: int | str) -> tuple[str, str]:
    """What a kind is called in English and Chinese, by its number or its short name."""
    name = KIND_NAMES[number_or_name] if isinstance(number_or_name, int) else number_or_name
    return KINDS[name]
