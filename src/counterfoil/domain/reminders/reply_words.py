"""
The words by which people say that they want no more messages, or that they paid, in many languages.

As `replies` folds them: no case, accents, apostrophes or signs. More are always welcome.
"""

# Alone in a message they mean one thing. The first row is the law's own list: 47 CFR 64.1200(a)(10).
STOP_ALONE = (
    "stop", "quit", "end", "revoke", "opt out", "optout", "cancel", "unsubscribe",
    "stopall", "stop all", "stop it", "stop please", "please stop", "stop now", "stop sms",
    "remove", "remove me", "no more", "nomore", "block", "unsub", "leave me alone", "go away",
    "arret", "arreter", "arretez", "desabonner", "desinscription", "desinscrire",  # French
    "alto", "parar", "pare", "baja", "cancelar", "detener", "basta", "no mas",  # Spanish
    "stopp", "halt", "abmelden", "abbestellen", "ende", "aufhoren", "schluss",  # German
    "annulla", "ferma", "fermate", "cancella", "cancellami", "disiscrivi",  # Italian
    "sair", "remover", "pare por favor", "chega",  # Portuguese
    "stoppen", "afmelden", "uitschrijven", "ophouden",  # Dutch
    "avsluta", "avbryt", "slutt", "avmeld", "afmeld", "lopeta", "peru", "poista",  # the North
    "rezygnuje", "wypisz", "koniec", "prestan", "zrusit", "leiratkozas",  # Central Europe
    "стоп", "отписаться", "отмена", "хватит", "зупинити", "відписатися",  # Russian, Ukrainian
    "σταματα", "σταματηστε", "διαγραφη", "στοπ",  # Greek
    "dur", "durdur", "iptal", "ret",  # Turkish
    "توقف", "ايقاف", "إيقاف", "الغاء", "إلغاء", "قف",  # Arabic
    "הסר", "הפסק", "תפסיקו", "עצור",  # Hebrew
    "रोकें", "बंद", "बंद करो", "रुको", "स्टॉप", "ਬੰਦ", "বন্ধ", "روکو", "بند",  # South Asia
    "நிறுத்து", "ஸ்டாப்",  # Tamil
    "停止", "停", "退订", "退訂", "取消", "取消订阅", "配信停止", "解除",  # Chinese, Japanese
    "중지", "중단", "수신거부", "그만",  # Korean
    "dung", "tu choi", "huy", "berhenti", "batal", "itigil", "hinto", "tigil",  # Vietnamese, Malay, Tagalog
    "หยุด", "ยกเลิก",  # Thai
    "kati", "whakamutua", "stad", "taofi", "tuku",  # Maori, Irish, Samoan, Tongan
)  # fmt: skip

STOP_SIGNS = frozenset("🛑✋🚫🖕⛔")

# Whole words which, anywhere in a message, make it likely: "please stop texting me".
STOP_WORDS = (
    "stop", "stopp", "stopall", "stopping", "unsubscribe", "unsubscribed", "unsub", "optout", "revoke",
    "harassing", "harassment", "spam",
    "arret", "arretez", "desabonner", "abmelden", "abbestellen", "afmelden", "uitschrijven", "parar",
    "disiscrivi", "cancellami", "стоп", "отписаться",
)  # fmt: skip

_WRITING = (
    "text|texts|texting|message|messages|messaging|msg|msgs|sms|contact|contacting|reminder|reminders"
    "|notification|notifications|send|sending"
)
STOP_PHRASES = (
    r"\bopt (me )?out\b",
    rf"\b(do ?not|dont|never|no longer|quit|cease|end|cancel|no more|not) (\w+ ){{0,3}}({_WRITING})\b",
    r"\b(remove|delete|take) (\w+ ){0,4}(number|list|me off|me from|my phone|mobile)\b",
    r"\b(leave|let) (me|us) (alone|be)\b",
    r"\bwrong (number|person)\b",
    r"\bwithdraw (\w+ ){0,2}consent\b",
    r"\b(fuck|piss) off\b",
    r"\bne (\w+ ){0,2}m?(contacte[rz]?|envoye[rz]|ecrive[rz])\b|\bplus de (sms|messages?|textos?)\b",
    r"\bno (me )?(\w+ ){0,2}(escrib|envi|contact|mand)\w+|\bno mas (mensajes|sms)\b|\bdar(me)? de baja\b",
    r"\bkeine? (\w+ )?(sms|nachrichten|texte|erinnerungen)\b|\bhor\w* auf\b|\bin ruhe\b",
    r"\bgeen (sms|berichten)\b|\bnon (\w+ )?(scriv|mandat|inviat|contattat)\w+",
    r"\bnao (\w+ )?(envi|mand|contat)\w+|не (пишите|присылайте|беспокойте)",
    "退订|退訂|取消订阅|停止发送|別再|别再|配信停止|送らないで|수신거부|보내지 ?마|stop",
)

START_ALONE = (
    "start", "unstop", "yes start", "subscribe", "resume", "opt in", "optin", "commencer", "demarrer",
    "reprendre", "iniciar", "alta", "anmelden", "starten", "inizia", "aanmelden",
)  # fmt: skip
HELP_ALONE = (
    "help", "info", "aide", "ayuda", "hilfe", "aiuto", "ajuda", "hulp", "who is this", "who are you",
    "whos this", "qui est ce", "quien es", "wer ist das",
)  # fmt: skip

DISPUTE = (
    r"wrong", r"incorrect", r"disput\w*", r"disagree", r"mistake", r"error", r"not (mine|my|right|correct)",
    r"never (ordered|received|got|had|agreed)", r"not (received|delivered|finished|completed?|done)",
    r"havent received", r"didnt (order|receive|get|agree)", r"(dont|do not) (owe|agree)", r"overcharged",
    r"refund", r"credit note", r"complain\w*", r"faulty", r"damaged", r"lawyer", r"solicitor",
    r"conteste\w*", r"erreur", r"incorrect[oa]", r"equivocad\w+", r"falsch", r"fehler", r"reklam\w+",
    r"sbagliat\w+", r"fout", r"klopt niet", r"contest\w+", r"errad[oa]",
)  # fmt: skip

PROMISE = (
    r"will (be )?(pay|paid|transfer\w*|settle\w*|send\w*|sort\w*|do it|get (it|this))",
    r"(i|we)ll (pay|transfer|settle|sort|send|do it|get (it|this))",
    r"shall pay", r"(going|gonna|plan) (to )?pay", r"can (i |we )?pay",
    r"pay(ing)? (it |this |you )?(to|on|next|by|this|in|later|mon|tue|wed|thu|fri|sat|sun)\w*",
    r"payday", r"more time", r"extension", r"instal?ments?", r"payment plan",
    r"je (paierai|vais payer)", r"pagare", r"voy a pagar", r"pago (manana|el)", r"zahle", r"werde",
    r"uberweise", r"paghero", r"ik betaal", r"zal betalen", r"vou (pagar|transferir)",
)  # fmt: skip

PAID = (
    r"paid", r"payed", r"payment (was |has been |is )?(made|sent|done|gone)", r"transferred", r"have sent",
    r"been sent", r"sent (it|the money|you)", r"settled", r"made (the |a )?payment", r"(its|already) done",
    r"bezahlt", r"uberwiesen", r"payee?", r"reglee?", r"pagad[oa]", r"pague", r"pagat[oa]", r"betaald",
    r"overgemaakt", r"pago", r"paguei", r"betalt", r"betald", r"maksettu", r"zaplacono", r"zaplatil",
    r"оплачено", r"оплатил\w*", r"odendi", r"odedim",
)  # fmt: skip
PAID_SIGNS = ("已付", "已经付", "付了", "払いました", "支払済", "입금")

NOT_YET = (
    "not", "havent", "hasnt", "isnt", "wasnt", "didnt", "cant", "cannot", "wont", "unable", "never", "if",
    "pas", "nicht", "noch", "no", "non", "niet", "nao",
)  # fmt: skip
