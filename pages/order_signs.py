"""What text looks like that tells an automated reader what to do: by language, by disguise as a conversation.

Each sign is a pattern and parts of words, one of which is in every text that the pattern finds; texts are in
small letters and without accents.
"""

from __future__ import annotations

import re

_EN_MACHINE = (
    r"(?:(?:any|all|the|every|an?|this)\s+)?(?:"
    r"automat(?:ed|ic)\s+(?:systems?|readers?|tools?|agents?|process\w*|software|assistants?|extract\w*"
    r"|pipelines?|review\w*|parsers?)"
    r"|a\.?i\.?(?:\s+(?:systems?|models?|assistants?|agents?|readers?|tools?))?\b"
    r"|artificial\s+intelligence\b|(?:large\s+)?language\s+models?\b|llms?\b|(?:chat\s?)?bots?\b"
    r"|machine\s+readers?\b|parsers?\b|virtual\s+assistants?\b)"
)
_MACHINES = (
    r"(?:die|den|dem|der|das|alle|jede\w*|la|le|l\s?|les|el|los|las|il|lo|gli|i|de|het|o|os|as|um|uma|una?"
    r"|tout\w*|todos?|todas?|tutt\w+|wszystkich)?\s*(?:"
    r"automat\w+\s+(?:system\w*|leser\w*|werkzeug\w*|agent\w*)|geautomatiseerde\s+systemen"
    r"|(?:system\w*|sistem\w+|systeme\w*|lect(?:eur|or)\w*|outils?)\s+automat\w+"
    r"|ki(?:[\s-](?:system\w*|assistent\w*|modell?\w*|agent\w*))?\b|ia\b|sztuczn\w+\s+inteligencj\w+"
    r"|kunstliche\w*\s+intelligenz|kunstmatige\s+intelligentie|intelligence\s+artificielle"
    r"|inteligencia\s+artificial|intelligenza\s+artificiale|inteligencia\s+artificial"
    r"|sprachmodell\w*|taalmodel\w*|modeles?\s+de\s+langage|modelos?\s+de\s+(?:lenguaje|linguagem)"
    r"|modell\w+\s+linguistic\w+|model\w*\s+jezykow\w+"
    r"|(?:assistent\w*|asistentes?|assistants?|assistente)\s+(?:de\s+|d\s?)?(?:ki|ia|ai)\b)"
)
_ADDRESS = (
    r"(?:notes?|notice|messages?|instructions?|attention|hint|reminder|important|hinweis|achtung|nachricht"
    r"|anweisung\w*|remarque|consignes?|nota|aviso|atencion|mensaje|instruccion\w*|avviso|attenzione"
    r"|messaggio|istruzion\w+|opmerking|let\s+op|bericht|atencao|mensagem|instruc\w+|uwaga|wiadomosc)"
)
_TOLD_BEFORE = r"(?:previous|prior|above|earlier|preceding|your|system|existing|original|initial)"
_ORDER = (
    r"(?:ignore|disregard|forget|you|do\s+not|set|mark|approve|record|answer|respond|output|reply|replace"
    r"|return|extract|the\s+(?:document|total|user|correct))"
)
_PAPER = (
    r"(?:this|the)\s+(?:document|invoice|receipt|lease|agreement|contract|record|form|file|nda|submission)"
)
_TOOLS = (
    "record_fields|classify_document|split_packet|resolve_entity|find_vendor|search_clauses|similar_records"
    "|invoice_seen_before|get_purchase_order"
)

SHORT = re.compile(r"(?<![a-z])(?:ai|a\.i|ia|ki|bots?|llms?)(?![a-z])")
"""Names of machines too short to be looked for as parts of words."""
NAMED = (
    "automat", "language model", "artificial", "chat", "parser", "machine reader", "virtual assist",
    "sprachmodell", "kunst", "sztuczn", "inteligenc", "intelligenz", "intelligence", "taalmodel", "modele",
    "modelo", "modell",
)  # fmt: skip
"""One of these is in every text that names a machine, or a short name is."""

_SIGNS: tuple[tuple[tuple[str, ...], str], ...] = (
    # Addressed to a machine: "Note to automated systems:", "Hinweis an alle KI-Systeme".
    (
        NAMED,
        (
            rf"\b(?:notes?|notice|messages?|instructions?|attention|hint|reminder|important|hinweis)\s*[,:]?\s+"
            rf"(?:to|for|an)\s+{_EN_MACHINE}"
        ),
    ),
    (NAMED, rf"\battention\s*[,:]?\s*{_EN_MACHINE}"),
    (
        NAMED,
        (
            rf"\b{_ADDRESS}\s*[,:]?\s*(?:(?:an|fur|a|au|aux|pour|para|al|alla|ai|agli|per|aan|voor|ao|aos|do|dla"
            rf"|a\s+l\s?attention\s+de(?:\s+l\s?)?)\s+)?{_MACHINES}"
        ),
    ),
    (NAMED, rf"\byou\s+are\s+(?:now\s+)?(?!not\b){_EN_MACHINE}"),
    (
        NAMED,
        (
            rf"\b(?:wenn\s+(?:du|sie)|si\s+(?:vous\s+etes|eres|usted\s+es)|se\s+(?:sei|voce\s+e)|als\s+je)\s+"
            rf"(?:\w+\s+){{0,2}}?{_MACHINES}"
        ),
    ),
    # Against what the machine was told before.
    (
        ("ignor", "disregard", "forget", "overrid", "overrul", "discard"),
        (
            rf"\b(?:ignore|disregard|forget|override|discard|overrule)\s+(?:\w+\s+){{0,3}}?{_TOLD_BEFORE}\s+"
            r"(?:\w+\s+){0,2}?(?:instructions?|prompts?|directions?|guidelines|rules|commands?|context)\b"
        ),
    ),
    (
        ("ignorier", "missacht", "vergiss", "vergessen", "uberschreib"),
        (
            r"\b(?:ignorier\w*|missacht\w*|vergiss|vergessen\s+sie|uberschreib\w*)\s+(?:\w+\s+){0,3}?"
            r"(?:vorherig|vorig|obig|bisherig|fruher|system)\w*\s+(?:\w+\s+)?"
            r"(?:anweisung|instruktion|vorgab|regel|befehl|prompt)\w*"
        ),
    ),
    (
        ("ignore", "oublie", "pas compte"),
        (
            r"\b(?:ignore[zr]?|oubliez?|ne\s+ten\w+\s+pas\s+compte)\s+(?:\w+\s+){0,3}?"
            r"(?:instructions?|consignes?|regles?|directives?)\s+(?:\w+\s+)?"
            r"(?:precedent|anterieur|ci|systeme|donne)\w*"
        ),
    ),
    (
        ("ignor", "olvid", "omiso", "desconsider", "esquec", "dimentic"),
        (
            r"\b(?:ignor\w+|olvid\w+|haz\s+caso\s+omiso|desconsider\w+|esquec\w+|dimentic\w+)\s+"
            r"(?:\w+\s+){0,4}?(?:instruc\w+|istruzion\w+|ordenes|regras|reglas)\s+(?:\w+\s+)?"
            r"(?:anterior\w*|previ\w+|precedent\w+|del?\s+sistema|do\s+sistema|acima|sopra)"
        ),
    ),
    (
        ("negeer", "vergeet"),
        r"\b(?:negeer|vergeet)\s+(?:\w+\s+){0,3}?(?:vorige|eerdere|bovenstaande)\s+(?:\w+\s+)?instructies",
    ),
    (
        ("zignoruj", "zapomnij"),
        (
            r"\b(?:zignoruj|zapomnij)\s+(?:\w+\s+){0,3}?(?:poprzedni|wczesniejsz)\w*\s+(?:\w+\s+)?"
            r"(?:instrukcj|polecen)\w*"
        ),
    ),
    (
        ("игнориру", "забуд"),
        (
            r"\b(?:про)?(?:игнориру|забуд)\w*\s+(?:\w+\s+){0,3}?(?:предыдущ|прежн)\w*\s+(?:\w+\s+)?"
            r"(?:инструкци|указани)\w*"
        ),
    ),
    (("talimat",), r"\bonceki\s+(?:\w+\s+){0,2}?talimatlar\w*\s+(?:yok\s+say|unut|gormezden)"),
    (
        ("忽略", "无视", "忽視", "忘记", "不要理会"),
        r"(?:忽略|无视|忽視|忘记|不要理会).{0,12}(?:之前|以上|先前|上述|前面|以前).{0,12}(?:指令|指示|说明|提示|规则)",
    ),
    (("無視", "忘れ"), r"(?:以前|上記|これまで|前)の.{0,8}(?:指示|命令).{0,6}(?:無視|忘れ)"),
    (("무시",), r"(?:이전|위의?).{0,10}(?:지시|명령).{0,8}무시"),
    (("تجاهل",), r"تجاهل.{0,20}(?:التعليمات|الاوامر)"),
    # The same set letter by letter.
    (
        ("ignore", "disregard", "forget"),
        (
            r"(?:ignore|disregard|forget)(?:all|any|the|your)*(?:previous|prior|above|earlier|system)"
            r"(?:instructions?|prompts?|rules)"
        ),
    ),
    # In the form of a conversation's own marks, or of what a tool answered.
    (
        ("system", "assistant", "developer", "human", "tool"),
        (
            rf"^\s*[\[(*#>\s]*(?:system|assistant|developer|human|tool)\s*(?:prompt|message|override|note|update"
            rf"|result)?\s*[\])*]*\s*:\s*{_ORDER}\b"
        ),
    ),
    (
        ("<|", "<im_", "<system", "<endof", "inst]", "sys>"),
        r"<\|?(?:im_start|im_end|system|endoftext|eot_id|start_header_id)\b[^>]{0,40}\|?>|\[/?inst\]|<</?sys>>",
    ),
    (
        ("<tool", "</tool", "<func", "</func", "invoke"),
        r"</?(?:tool|function)_?(?:result|response|call|output)s?\b[^>\n]{0,80}>|</?(?:antml:)?invoke\b",
    ),
    (
        ("role", "tool_use_id"),
        r"[\" ]role[\" ]\s*:\s*[\" ](?:system|assistant|tool|developer)[\" ]|\btool_use_id\b",
    ),
    (
        ("system", "developer"),
        (
            r"\b(?:begin|end|start)\s+(?:of\s+)?(?:the\s+)?(?:system|developer)\s+"
            r"(?:prompt|message|instructions?)\b"
        ),
    ),
    (("##",), r"#{2,}\s*(?:system|instructions?|new\s+task)\b"),
    (("_",), rf"\b(?:{_TOOLS})\b"),
    # About how it is to be handled.
    (
        ("approve", "accept", "mark", "classif", "route", "treat", "flag"),
        (
            rf"\b(?:approve|accept|mark|classify|route|treat|flag)\s+{_PAPER}\s+(?:\w+\s+){{0,4}}?"
            r"(?:as\s+(?:approved|accepted|verified|valid|paid|clean|trusted|reviewed)"
            r"|without\s+(?:\w+\s+)?(?:review|validation|checks?)|automatically)\b"
        ),
    ),
    (
        ("skip", "bypass", "disable", "suppress", "do not"),
        (
            r"\b(?:skip|bypass|disable|suppress|do\s+not\s+(?:flag|perform|apply|send))\s+(?:\w+\s+){0,3}?"
            r"(?:human\s+review|manual\s+review|validation\s+(?:step|rules?)|fraud\s+checks?|grounding"
            r"|review\s+queue)\b"
        ),
    ),
    (
        ("do not",),
        (
            r"\bdo\s+not\s+(?:tell|alert|inform|mention\s+this\s+to)\s+(?:the\s+)?"
            r"(?:user|human|reviewer|operator)s?\b"
        ),
    ),
    (
        ("_",),
        (
            r"\b(?:set|record|return|output|report|write|put|use)\s+(?:the\s+)?(?:field\s+|value\s+of\s+)?"
            r"[`\" ]?[a-z]+(?:_[a-z]+)+[`\" ]?\s*(?:to|as|=|is)\b"
        ),
    ),
    (("confidence",), r"\bconfidence\s*(?:score\s*)?(?:of|=|:|to|at|is)\s*(?:1\.0+\b|100\s?%|0\.99)"),
    ((" only ",), r"\b(?:respond|reply|answer|output)\s+only\s+(?:with|in)\b"),
    (
        ("your ",),
        r"\byour\s+(?:new|real|actual|true|only)\s+(?:task|instructions?|goal|role|objective)\s*(?:is|are|:)",
    ),
    (("instruction",), r"\b(?:updated|new|revised)\s+(?:system\s+)?instructions?\s*:\s*\w"),
    (("now on",), r"\bfrom\s+now\s+on\s*,?\s+you\b"),
    (
        ("extracting", "parsing", "summari", "classifying"),
        (
            r"\bwhen\s+(?:extracting|parsing|summari[sz]ing|classifying)\s+(?:this|the)\s+"
            r"(?:document|text|file|data)\b"
        ),
    ),
    ((" mode",), r"\b(?:developer|debug|god)\s+mode\s+(?:is\s+)?(?:enabled|on|activated)\b"),
    (("decode", "base64"), r"\b(?:decode|base64)\b.{0,40}\b(?:follow|execute|obey|and\s+do|instructions?)\b"),
)
"""Parts of words, one of which is in every text that the pattern finds; and the pattern."""
SIGNS = tuple((words, re.compile(pattern, re.MULTILINE)) for words, pattern in _SIGNS)
