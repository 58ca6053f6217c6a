"""Names of persons in a text, by surname and by the words around.

A surname alone proves nothing (高新区, 安全生产, 常住人口), so a name counts only in a place where names stand:
behind 负责人 or 局长, before 同志, in brackets, in a list that 等2人 closes, beside a phone number. The less a place
says, the more the candidate must look like a name: ``sure`` takes what stands there, ``loose`` a surname and what
is no word of the dictionary, ``strict`` also asks that the given name is made of characters that given names are
made of. The dictionary is jieba's, in the wheel of ``rjieba``; its own marks of names are too generous to decide.
Names of public history (雷锋精神) stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Literal

Span = tuple[int, int]
Trust = Literal["sure", "loose", "strict"]

NUMBER = "\ue000"
"""Stands for every character of a number that was found before."""

_COMMON = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟"
    "姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫雷龙黎史陶贺毛郝顾龚邵覃武钱戴严莫孔向常汤康易乔文赖施洪季庄葛"
    "柯翟章樊左耿殷阮鲁岳翁喻盛申齐梅霍凌骆童俞艾靳倪"
    "段万安兰骆包司柏卞齐伍元卜顾孟穆萧尹湛祁狄臧计伏宋茅庞纪舒屈项祝董杜蓝闵席麻强贾路娄危童颜郭梅盛刁钟徐邱骆高"
    "夏蔡田樊胡凌霍虞支柯昝管卢莫房裘缪干解应宗丁宣邓郁单杭洪包诸左石崔吉钮龚程嵇邢滑裴陆荣翁荀羊惠甄曲家封芮储靳"
    "汲邴糜松井段富巫乌焦巴弓牧隗谷侯宓蓬全郗班仰秋仲伊宫宁仇栾暴甘斜厉戎祖符景詹束龙叶幸司韶郜黎蓟薄印宿白怀蒲邰鄂"
    "索赖卓蔺屠蒙池乔阴郁胥苍双闻莘党翟谭贡劳姬申扶堵冉宰郦雍桑桂濮牛寿边扈燕冀郏浦尚农温别庄晏柴瞿阎慕连茹习宦艾"
    "鱼容向古易慎戈廖庾终暨居衡步都耿满弘匡国文寇广禄阙东殴沃利蔚越隆师巩聂晁勾敖融冷訾辛阚那简饶曾沙鞠须丰巢关蒯查"
    "后荆红游竺权逯盖益桓公牟佘佟岑苗代战鹿尤水喻鲍涂车仝初晋肇谌亓欧"
)
# Surnames that are far more often the beginning of a word: they count only where the place is sure of a person.
_RARE = set(
    "盖向于任时和与由对经应计支管干解应单家封富谷全班秋宫甘印怀双党劳边连居步都满国广东利师关红权公水战车代初安万元司强路项后越益游别终古易和丰简须查那容尚农温松井暴斜束幸景宿索寿容荣房宗宣惠曲储"
)
_COMPOUND = "欧阳|司马|上官|诸葛|东方|皇甫|尉迟|公孙|慕容|司徒|令狐|夏侯|宇文|长孙|端木|司空|呼延|南宫|百里|闻人|澹台|轩辕|钟离|独孤"
_GIVEN = set(
    "伟芳娜敏静秀英丽强磊军洋勇艳杰娟涛明超霞平刚桂兰红玲华玉萍燕鹏辉飞建国建军志文斌波宇浩凯健俊帆帅旭宁龙林欢佳倩"
    "颖洁婷雪琳晶莉梅琴云菊凤清春香珍淑芬莲惠凡楠瑞欣怡晨阳睿轩子涵梓萱诗嘉思雨佩琪璐瑶玥悦彤梦妍媛菲莹雯蕾薇露"
    "峰山海川江河湖岩松柏竹楠森木枫桐柳震雷电晓昕旺昌盛兴隆福禄寿喜祥瑞吉庆发财富贵荣耀光辉煌正义仁礼智信忠孝廉"
    "德才学博文武斌毅坚强刚勇猛威武雄英豪杰俊彦贤良善美丽娇媚艳红紫青蓝翠碧丹彤朱赤白素银金玉珠宝珊瑚琥珀琪琳瑛璇"
    "翔飞腾跃翼鹰鸿鹤雁燕凤凰鸾鹏麟龙虎豹骏马成功业立志宏大伟远达永久恒长青春秋冬夏东西南北中国家邦民族胜利凯旋建设"
    "一二三四五六七八九十小大冰霜露雾霞虹月星辰晖曦旻昊昱晟晴晗朗亮炎炜炳焕烨煜然烁灿焱汉泽润沛沐淳清涵深渊源泉洪浪"
    "涌波澜滨湘淮渝楚秦晋鲁豫冀川滇黔粤桂琼闽台港培育才艺术琦瑜瑾瑶璟珂珍玲琼培坤乾元亨利贞君臣伯仲叔季孟可心怡恬恩惠"
    "慧思念忆怀悦愉恺忱恒诚谨谦诺言语诗词赋颂歌咏吟敬敏政先爱曼乐允继承传绍延友朋群哲岚峻峥嵘巍崇岳屹航舟帆船舰锋钢铁锐钧"
    "铭鑫锦银钟树根柱栋梁桥杉桦榕槐楷权良彬菁菡萌芸芝芷茜茵荷莎菀萃葵蓉蓓蕊兵卫保安定康宁和平顺庭堂嵩岭巧妹姐婉婧嫣嫦孜季学"
    "宪宗宜宝宣宾尚展岐巍希帝常广庚廷弘彪彰征御循徽忠念恺惟慈戈扬承振捷援政敦斐新方旗旭昂昭时晏景智曙有朝未本术来杏权材村松极"
    "根桃桑梁棋棣森植楠楚榜欣武殿毓民水汝沁沂洲济浦淇渊游滔潇澄灵炯焰照熙熹爽牧特珏现理琛琢生甫田申甲略真知石砚磊祖祯祺禹秉科"
    "程稳穆竞竹章笑筠策精红纯纲经继维绪绮综缘羽翰翠耘耿聪肖胤臻舒良艾节芊若苏范茂莺葆蒙蔚蕴行衡裕西观解誉谊谋谷贤赞起超路轶"
    "娥丰仙茹芙菱妤珮瑗琬瑄珣琰禾穗圣召生荫苗茜薪衍诠谱贞逸逢遂邑郡钊铃铮锟镕阁陆隽顶颐驰骅骆魏鸥麒麓"
    "辰运进连通道遥邦郁郎配野钦铎镇镜长闯闻阔阳雁雄雅霄霖霏韬音韵韶顺颂频题风飒养馨骁骥高魁鲜鸣黎默鼎齐翀倬勋勤勉劲励劼功冠净凌凝凤凯刚创初利力加劲化升卓单卿厚原双叶同君启周和咏品哲唯善喜嘉圆圣均坚城基堃境士壮夏多天太夫奇奎奕奥好如妙姗姝姣娅娆娣娴婵媚宸容密富寅尧"
) | set("某")  # fmt: skip
_FAMOUS = frozenset(
    ["习近平", "毛泽东", "邓小平", "江泽民", "胡锦涛", "周恩来", "刘少奇", "孙中山", "马克思", "列宁", "恩格斯", "雷锋", "焦裕禄", "孔繁森", "黄文秀", "张桂梅", "张富清", "杨善洲", "谷文昌", "王进喜", "时传祥", "钱学森", "袁隆平", "鲁迅", "董必武", "陈潭秋", "黄继光", "邱少云", "董存瑞", "刘胡兰", "施洋", "项英", "向警予", "林祥谦", "李大钊", "白求恩", "廖俊波", "王继才", "南仁东", "罗阳", "张思德", "王杰", "欧阳海", "麦贤得", "吴孟超", "钟南山", "张仲景", "李时珍", "华佗", "屈原", "李白", "杜甫", "白居易", "苏轼", "朱熹", "孔子", "孟子", "老子", "庄子", "关羽", "诸葛亮", "包拯", "海瑞", "林则徐", "陆羽", "王羲之", "施耐庵", "曹雪芹", "吴承恩", "罗贯中", "聂耳", "冼星海", "齐白石", "徐悲鸿", "梅兰芳", "张謇", "陶行知", "叶剑英", "贺龙", "彭德怀", "陈毅", "方志敏", "杨靖宇", "赵一曼", "江竹筠", "江姐", "关公", "毛主席", "毛泽民", "周总理", "李先念", "高尔基", "余秋里"]
)
_PLACE_END = set(
    "区县市镇乡村街路道巷局科室部站所院处厅校馆园会组队桥湖港湾岗墩店庙寨屯坪坝沟岭山河口股办站委组矿厂库旗盟岛"
)
_LATER = r"(?:街道|街|社区|镇|乡|村|区|县|市|路|大道|桥|湖|小区|广场|公园|医院|学校|小学|中学|大学|公司|集团|派出所|水库|风景|机场|车站|地区|自治|矿区|[\u4e00-\u9fff]{1,3}族)"
_WORDS = frozenset(
    ["周转", "周边", "周期", "周年", "周知", "周到", "周密", "周岁", "周末", "周报", "孔雀", "毛巾", "马匹", "马鞍", "马路", "马达", "盖章", "高效", "高清", "高铁", "高发", "高考", "高标", "高空", "高新", "金秋", "金色", "金穗", "金融", "石油", "石材", "田野", "江南", "江北", "江东", "江海", "黄金", "黄河", "黄海", "常规", "常务", "常态", "万名", "万户", "方便", "方位", "易发", "成人", "成立", "安置", "安排", "严防", "严查", "路边", "路灯", "洪水", "洪涝", "雷雨", "雷电", "雷达", "夏季", "夏粮", "林果", "林草", "林长", "田长", "包保", "包联", "谷物", "强基", "强国", "强军", "许可", "康复", "常青", "文明", "文化", "文艺", "白天", "白云", "钱物", "陶瓷", "平安", "和平", "明确", "齐全", "温馨", "祖国", "左右", "何时", "余额", "余款"]
)
"""Words that the dictionary marks as names or does not hold."""
_UNLIKELY = set("的了是和与及等在被把对从将并不之其")
_NOBODY = re.compile(
    r".*(?:室|科|处|局|部|中心|办|站|委|院|所|厅|校|公司|组|会|队|馆|单位|部门|街道|社区|乡|镇|村|无|人员|职工|干部|股|人|电话|时间|日期|签字|签名"
    r"|签章|盖章|公章|方式|职务|同上|详见|见附件|暂无|待定|姓名|名称|号码|意见|情况|项目|填写|领导|不详|如下|负责|审核|地址|邮箱|手机|传真|个|名|岗)$|^(?:按|由|根据|及|为|各|本|该|以|需|应)"
)

_H = r"[\u4e00-\u9fff]"
_SURNAME = f"(?:{_COMPOUND}|[{_COMMON}])"
_NAME = rf"(?:(?:{_COMPOUND})[\u4e00-\u9fff某×*]{{1,2}}|[{_COMMON}][\u4e00-\u9fff某×*○〇]{{1,2}})"
_FOREIGN = rf"{_H}{{1,6}}(?:[.·]{_H}{{1,6}}){{1,3}}"
_STOP = r"(?=$|[^\u4e00-\u9fff]|电话|联系|手机|同志|先生|女士|等|任|兼|担任|身份证|护照|邮箱|微信|地址|住址|座机|办公电话|传真|职务|性别)"
_LABEL = (
    r"(?:负责人|联系人|填表人|填报人|填写人|经办人|审核人|审批人|审查人|制表人|编制人|编报人|复核人|校对人|责任人|承办人|报送人|签发人"
    r"|法定代表人|法人代表|联络人|联络员|经手人|申报人|申请人|当事人|受助人|监护人|传承人|报告人|汇报人|主讲人|授课人|签字|签名|姓\s?名|户主"
    r"|分管领导|主管领导|带队领导|项目主管|会计主管|财务主管|法人|被告|原告|死者|患者|伤者)"
)
_TITLE = (
    r"(?:局长|书记|主任|科长|处长|院长|校长|站长|所长|队长|会长|主席|市长|区长|县长|镇长|乡长|村长|厂长|经理|董事长|总监|组长|厅长|部长|司长"
    r"|园长|馆长|秘书长|股长|班长|医师|护士|教师|教授|工程师|技师|职工|员工|村民|居民|学生|烈士|劳模|党员|干部|选手|驾驶员|司机|困难户|低保户"
    r"|贫困户|网格员|志愿者|老人|儿童|运动员|专家|律师|会计师|民警|辅警|医生|厨师|保安|临聘人员|退休人员)"
)

_LABELLED = re.compile(
    rf"{_LABEL}(?:\([^()]{{0,8}}\))? {{0,20}}\n? {{0,20}}: {{0,20}}\n? {{0,20}}(?P<n>{_FOREIGN}|{_H}{{2,4}}|{_H} {{1,3}}{_H}{{1,2}}){_STOP}"
)
_LABELLED_BARE = re.compile(
    rf"{_LABEL}(?:\([^()]{{0,8}}\))?[ \n]{{0,6}}[为是叫系即]?[ \n]?(?P<n>{_NAME}|{_SURNAME} {{1,3}}{_H}){_STOP}"
)
_ANNOUNCED = re.compile(rf"(?:{_LABEL}|{_TITLE})[ :\n]{{0,3}}(?P<n>{_H}{{2,8}})")
_TITLED = re.compile(rf"{_TITLE}[ :(\n]{{0,2}}(?P<n>{_NAME}){_STOP}")
_HONOURED = re.compile(
    r"(?:等?(?:\d{1,6}|[一二两三四五六七八九十]{1,6})?[名位个]?)(?P<h>同志|先生|女士|小姐|老师|教授|医生|师傅|大爷|大妈|烈士|院士|老人)"
)
_SURNAME_ONLY = re.compile(rf"(?<!{_H})(?P<n>{_SURNAME})(?=先生|女士|小姐)")
_BRACKETED = re.compile(rf"\((?P<n>{_NAME}(?:[、, ]{_NAME})*)(?=(?:同志|等(?:\d+人)?|{NUMBER}+)?\))")
_PERSON_BEFORE = re.compile(r"(?:\d ?[人名位]|[员长任生工师]|同志|职工|干部|[人者])$")
_LISTED = re.compile(r"等 ?(?:\d+|[一二两三四五六七八九十]+)? ?(?:余|多)?(?:人|名|位|同志)")
_BESIDE = re.compile(
    rf"(?:先生|女士|同志)?[ :,、(\-\n]{{0,3}}(?:(?:电话|手机|联系电话|联系方式|身份证|QQ|微信|邮箱)(?:号码|号)?[ :]{{0,2}})?(?:{NUMBER}|〔略〕)"
)
_BEHIND = re.compile(
    rf"(?:{NUMBER}|〔略〕)[ ,、(]{{1,2}}(?P<n>{_NAME})(?={_H}{{0}}(?:$|[^\u4e00-\u9fff]|同志|先生|女士))"
)
_ENTRUSTED = re.compile(rf"[由请找向](?P<n>{_NAME})(?=同志|负责|牵头|承担|主持|担任|联系|咨询|带队)")
_SEXED = re.compile(r"[(, ]{1,2}(?:男|女)(?=[,、)。; ])")
_WORKSHOP = re.compile(r"(?:国家级|省级|市级|首席|技能|劳模|大师|名师|创新|名医){1,4}工作室")
_SOMEBODY = re.compile(rf"(?P<n>[{_COMMON}]某(?![种个些项一年日月时地处方类])(?:某|{_H}(?!{_H}))?)")
_WHOLE = re.compile(rf"\s*(?P<n>{_NAME}(?:[、, ]{{1,2}}{_NAME})*)\s*")
_NEXT = re.compile(r"[、,/和及与 ]{1,2}")
_NAME_STOPPED = re.compile(rf"(?P<n>{_NAME})(?=$|[^\u4e00-\u9fff]|同志|等|和|及)")
_ONE = re.compile(_NAME)
_ONE_SURNAME = re.compile(_SURNAME)
_TRIGGER = re.compile(
    rf"{_LABEL}|{_TITLE}|{NUMBER}|〔略〕|同志|先生|女士|小姐|老师|师傅|大爷|大妈|院士|\(|等|某|[由请找向]|男|女|工作室"
)


@cache
def _tags(text: str) -> tuple[tuple[str, str], ...]:
    # The dictionary takes 0.4 s to load: only where a candidate asks for it.
    import rjieba

    return tuple(rjieba.tag(text))


def is_word(candidate: str) -> bool:
    """Whether the dictionary knows the characters as something else than a name."""
    if candidate in _WORDS:
        return True
    (first, flag), *rest = _tags(candidate)
    if rest:
        return not set(candidate[1:]) <= _GIVEN and len(first) > 1 and not flag.startswith(("nr", "x"))
    return not flag.startswith(("nr", "x"))


def is_common(text: str) -> bool:
    """Whether the dictionary holds the whole text as a word."""
    return text in _WORDS or len(_tags(text)) == 1 and is_word(text)


def is_name(candidate: str, trust: Trust = "strict") -> bool:
    """Whether characters are taken as a person's name in a place that is trusted so far."""
    compound = candidate[:2] in _COMPOUND.split("|") and len(candidate) > 2
    surname, given = (candidate[:2], candidate[2:]) if compound else (candidate[:1], candidate[1:])
    if not given or not (compound or surname in _COMMON) or candidate in _FAMOUS:
        return False
    if _UNLIKELY & set(given) or (
        len(candidate) > 2 and candidate[-1] in _PLACE_END and given[0] not in "×*某"
    ):
        return False
    if trust == "sure" or compound or given[0] in "×*某○〇":
        return True
    if candidate[-1] in _PLACE_END or is_word(candidate):
        return False
    if trust == "loose":
        return surname not in _RARE or set(given) <= _GIVEN
    if surname in _RARE:
        return False
    return set(given) <= _GIVEN or len(given) == 2 and bool(set(given) & _GIVEN) and not is_word(given)


def _word_starts(text: str, end: int) -> set[int]:
    """Where the dictionary lets words begin in the characters before ``end``."""
    start = max(0, end - 12)
    while start < end and not "\u4e00" <= text[start] <= "\u9fff":
        start += 1
    starts = set()
    for word, _ in _tags(text[start:end]) if start < end else ():
        starts.add(start)
        start += len(word)
    return starts


def _before(text: str, end: int, trust: Trust, whole_words: bool = True) -> Span | None:
    """The name that ends at ``end``: the longest that holds and that no word runs into."""
    starts = _word_starts(text, end) if end and _ONE_SURNAME.search(text[max(0, end - 4) : end]) else set()
    for length in (4, 3, 2):
        start = end - length
        candidate = text[start:end]
        if start < 0 or (whole_words and start not in starts) or not _ONE.fullmatch(candidate):
            continue
        if length == 3 and candidate[0] in "于向任方时由经应" and is_name(candidate[1:], trust):
            continue
        open_left = start == 0 or not "\u4e00" <= text[start - 1] <= "\u9fff"
        if is_name(candidate, "loose" if open_left and trust == "strict" else trust):
            return start, end
    return None


def _announced(text: str) -> Iterator[Span]:
    """Names that run on into the sentence behind 局长 or 负责人：, cut off where the dictionary ends a word."""
    for match in _ANNOUNCED.finditer(text):
        ends, at = set(), 0
        for word, _ in _tags(match["n"]):
            at += len(word)
            ends.add(at)
        trust: Trust = "loose" if ":" in match.group() else "strict"
        for length in (4, 3, 2):
            name, rest = match["n"][:length], match["n"][length:]
            if (
                length in ends
                and _ONE.fullmatch(name)
                and not re.match(_LATER, rest)
                and is_name(name, trust)
            ):
                yield match.start("n"), match.start("n") + length
                break


def _by_pattern(text: str) -> Iterator[Span]:
    for match in _LABELLED.finditer(text):
        name = match["n"].replace(" ", "")
        if is_name(name, "sure") or not _NOBODY.match(name) and not (len(name) == 4 and is_word(name)):
            yield match.span("n")
    for pattern, trust in _TRUSTED:
        for match in pattern.finditer(text):
            if is_name(match["n"].replace(" ", ""), trust):
                yield match.span("n")
    for match in _SURNAME_ONLY.finditer(text):
        yield match.span("n")
    for match in _SOMEBODY.finditer(text):
        if match["n"][0] not in _RARE:
            yield match.span("n")
    for match in _BRACKETED.finditer(text):
        sure = _PERSON_BEFORE.search(text[max(0, match.start() - 12) : match.start()]) or text[match.end() : match.end() + 1] == NUMBER
        for name in _ONE.finditer(text, *match.span("n")):
            if is_name(name.group(), "loose" if sure else "strict"):
                yield name.span()


_TRUSTED: tuple[tuple[re.Pattern[str], Trust], ...] = (
    (_LABELLED_BARE, "loose"), (_TITLED, "strict"), (_BEHIND, "loose"), (_ENTRUSTED, "strict"),
)  # fmt: skip
_ENDING: tuple[tuple[re.Pattern[str], Trust], ...] = (
    (_LISTED, "strict"), (_BESIDE, "strict"), (_SEXED, "loose"), (_WORKSHOP, "loose"),
)  # fmt: skip


def _by_ending(text: str) -> Iterator[Span]:
    for match in _HONOURED.finditer(text):
        trust: Trust = "loose" if match["h"] in ("同志", "先生", "女士", "小姐") else "strict"
        if found := _before(text, match.start(), trust):
            yield found
    for pattern, ends in _ENDING:
        for match in pattern.finditer(text):
            if found := _before(text, match.start(), ends):
                yield found


def _neighbours(text: str, spans: set[Span]) -> set[Span]:
    """Names that stand in one list with a name."""
    todo, found = list(spans), set(spans)
    while todo:
        start, end = todo.pop()
        more = [span for span in (_next_name(text, end), _name_ahead(text, start)) if span and span not in found]
        todo += more
        found.update(more)
    return found


def _next_name(text: str, end: int) -> Span | None:
    match = _NEXT.match(text, end)
    if match is None:
        return None
    start = match.end()
    if (whole := _NAME_STOPPED.match(text, start)) and is_name(whole["n"], "loose"):
        return whole.span("n")
    word_ends, at = set(), start
    for word, _ in _tags(text[start : start + 8]):
        at += len(word)
        word_ends.add(at)
    for length in (4, 3, 2):
        name = text[start : start + length]
        if start + length in word_ends and _ONE.fullmatch(name) and is_name(name, "strict"):
            return start, start + length
    return None


def _name_ahead(text: str, start: int) -> Span | None:
    return _before(text, start - 1, "strict", whole_words=False) if start > 1 and text[start - 1] in "、,/和及与 " else None


def spans(text: str) -> list[Span]:
    """Where names stand in ``text`` (plain form, numbers as :data:`NUMBER`), in order; they may overlap."""
    whole = _WHOLE.fullmatch(text)
    found: set[Span] = set()
    if whole:
        names = [m for m in _ONE.finditer(text, *whole.span("n"))]
        if all(is_name(m.group(), "strict") for m in names):
            found.update(m.span() for m in names)
    if _TRIGGER.search(text):
        found.update(_by_pattern(text))
        found.update(_by_ending(text))
        found.update(_announced(text))
    return sorted(_neighbours(text, found))
