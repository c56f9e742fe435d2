"""Made-up prose of a teacher about the own work, for the texts of a made-up term.

A sentence is put together of small pieces, none of them as long as what is compared for likeness, so that two texts have
hardly a passage in common unless one was copied from the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

PARTS: dict[str, str] = {
    "thing": "板书 导入 学习单 提问 练习题 评语 分组 小结 情境 作业 例题 讨论题 座位 教具 课件 读书卡 实验步骤 错题本 评分表 朗读片段 思维图 预习单",
    "changed": "重写了一遍 减去一半 换成学生的话 提前到课前 分成三层 放到最后 交给小组定 拍下来慢慢看 改成开放的 按难易排开 留出空白 配上图 念给同桌听 贴在墙上 从头想过 缩成一页",
    "those": "前排的孩子 每个小组 两名组长 没举手的人 同桌之间 课代表 慢半拍的几个 当天值日的 新转来的 平时寡言的 坐窗边的 全班一起",
    "doing": "先画再说 讲给别人听 各提一个疑问 动手量一量 互相批改 说出理由 找一处反例 把步骤排好 估一估再算 演上一段 写下疑惑 换一种说法 只用三句话 自己定标准 比一比两种解法 猜一猜结果",
    "matter": "追问 等待的时间 学生的疑惑 课堂节奏 分组方式 小组长 我的语速 目标的表述 练习的坡度 评价的标准 板书的次序 情境的用处 反馈 家里的支持 预习 合作 课堂收尾 示范",
    "state": "比设想的要紧 没有落到实处 还能再细一些 来得太晚 占了太多时间 只顾到一部分人 说得含混 起了大作用 被我忽略了 值得反复琢磨 与目标对不上 渐渐稳了下来 全靠课前准备 照搬不得 有了着落 时好时坏",
    "when": "期中以后 开学头一周 上个月底 那次阴雨天 入冬前后 试教的第二天 周三下午 家长开放日 单元收尾时 研修的头几天 假期里 换了班级以后 检测过后 运动会之前 早读时 听完讲座那晚 教研活动后 学期过半",
    "until": "下学期末 明年春天 三年以内 到年底 下个单元起 来年开学时 两年之后 从下月起 寒假之前 毕业季以前 下一轮 本学年内",
    "how": "索性 干脆 悄悄 逐步 大胆 重新 先试着 照例 反复 老老实实 当场 趁热 耐着性子 一步步 主动 不声不响 认真 换着法子",
    "really": "确实 其实 多半 一直 有时 往往 果然 似乎 显然 至今 大概 终究",
    "who": "教研组长 同年级的老师 师傅 两位年轻同事 外校来的同行 辅导老师 备课组 隔壁班主任 教导主任 搭班的老师 一位退休教师 刚入职的同事",
    "topic": "分数的比较 借景写人 浮力 圆的面积 比喻的仿写 一次函数 问路 节气与农事 平移和旋转 古诗里的月亮 电路的连接 过去的一天 植物的根 统计图 课文缩写 可能性 对话的转述 校园的声音 三角形的分类 说明的顺序",
    "focus": "学情 提问的层次 差异 课堂评价 目标分解 作业设计 单元整体 语言的准确 技术的分寸 德育的渗透 学生的表达 合作的分工 材料的取舍 时间的分配",
    "often": "每周 隔周 每个单元 每月 每节课后 逢单周 一学期三次 每逢教研日",
    "plan": "录一节课 写一页札记 请人挑毛病 留五分钟追问 整理一份错例 换一种导入 听两节课 读完一章 约谈三名学生 改一次教案 记一次等待 试一份分层作业 备一堂开放课 理一张知识图 和家长通一次话 攒一组好问题",
    "proof": "课堂录像 学生的草稿 两次测验 听课记录 一叠便签 问卷 作业样本 小组的海报 谈话笔记 成长档案 批改记录 课后三问",
    "felt": "心里踏实了些 有点脸红 才算想通 反倒轻松 不敢再大意 劲头又足了 还在摸索 少了些焦躁 愿意再试 像补了一课 多了份耐心 看见了差距",
    "lack": "往往说得太多 放手太迟 备课重教轻学 反馈笼统 怕冷场 评语千篇一律 难点铺得太平 收尾潦草 贪赶进度 忽略安静的 读书零散 记录断断续续",
    "advice": "少讲一半 先看学生 把话说短 从错处入手 给个台阶 慢一拍再叫人 盯住一个目标 敢留悬念 让证据说话 多走下讲台 别怕沉默 先做一遍作业",
    "goal": "上好一堂公开课 带出课题小组 攒够三十案例 写成一篇论文 读完五本书 建起一份题库 理清整册教材 让全班都开口 把差距缩小 有自己的板书 能独立命题 做好一次讲座",
}  # fmt: skip

SENTENCES = (
    "{when}我{how}把{thing}{changed}，{matter}{state}。",
    "{when}听{who}上“{topic}”，{how}想了想：{matter}{really}{state}。",
    "拿“{topic}”说，我{how}让{those}{doing}，{felt}。",
    "{who}劝我{advice}，便{how}把{thing}{changed}。",
    "{until}，{often}{how}{plan}，由{who}看着。",
    "我{lack}，“{topic}”上{really}如此，{who}也看到。",
    "今后{often}{how}{plan}，拿{proof}作证。",
    "说到{focus}，{felt}；回班里{how}让{those}{doing}。",
    "同组有人{how}把{thing}{changed}，我{felt}，也{plan}。",
    "“{topic}”那一节{matter}{really}{state}，{who}要我{advice}。",
    "{when}收来{proof}，看出{matter}{really}{state}。",
    "先治{lack}：{often}{how}{plan}，请{who}来看。",
    "{who}听课看{focus}，我{how}让{those}{doing}。",
    "{focus}是短处，{until}要{how}{plan}。",
    "{until}，争取{goal}，{who}{really}愿意帮忙。",
    "教“{topic}”时{those}{how}{doing}，可见{focus}要紧。",
    "{who}看了{proof}，只说：{how}{advice}。",
    "要想{goal}，{matter}{really}要管，{often}{how}{plan}。",
    "{those}{how}{doing}以后，{thing}{really}该{changed}，{felt}。",
    "记得{when}，{who}陪我{how}把{thing}{changed}。",
)
HEADINGS = ("一、眼下的情形", "二、做过的事", "三、体会", "四、往后的打算")
IN_A_PARAGRAPH = (3, 6)  # sentences

_PARTS = {name: words.split() for name, words in PARTS.items()}


def sentences(random: Random) -> Iterator[str]:
    """As many as are wanted, no pattern twice in a row."""
    former = ""
    while True:
        pattern = random.choice([one for one in SENTENCES if one != former])
        former = pattern
        yield pattern.format_map({name: random.choice(words) for name, words in _PARTS.items()})


def laid_out(title: str, by: str, said: list[str], random: Random) -> str:
    """Sentences as a text: title, whose it is, and four parts of some paragraphs each."""
    lines, rest = [title, by], [*said]
    for turn, heading in enumerate(HEADINGS):
        part = rest[: -(-len(rest) // (len(HEADINGS) - turn))]
        rest = rest[len(part) :]
        lines.append(heading)
        while part:
            long = random.randint(*IN_A_PARAGRAPH)
            lines.append("".join(part[:long]))
            part = part[long:]
    return "\n".join(lines) + "\n"
