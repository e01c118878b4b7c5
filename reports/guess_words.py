"""Words by which tables of queues call their columns, outcomes and events, in the languages we have met (data).

All in small letters. A heading fits the better the more of it a word is; so "call time" is a call and not a time.
"""

HEADINGS: dict[str, tuple[str, ...]] = {
    "ticket": ("ticket", "token", "ticket number", "token number", "queue number", "queue no", "case", "case id",
               "visit", "visit id", "case:concept:name", "nummer", "numero", "numéro", "número", "senha", "ficha",
               "turno", "ເລກຄິວ", "บัตรคิว", "หมายเลขคิว", "số thứ tự"),
    "service": ("service", "service name", "queue", "queue name", "department", "category", "transaction type",
                "dienst", "anliegen", "servicio", "serviço", "tramite", "trámite", "ບໍລິການ", "บริการ", "dịch vụ"),
    "entry": ("entry", "arrival", "arrived", "arrival time", "issued", "issue time", "issued at", "created",
              "created at", "check in", "checkin", "check-in", "ticket printed", "kommt", "ankunft", "llegada",
              "chegada", "arrivée", "ເວລາເຂົ້າ", "เวลามา", "giờ lấy số"),
    "call": ("call", "called", "called at", "call time", "first call", "first_call", "aufruf", "ruf", "llamada",
             "chamada", "appel", "ເວລາເອີ້ນ", "เวลาเรียก", "giờ gọi"),
    "start": ("start", "started", "service start", "start time", "begin", "service begin", "anfang", "beginn",
              "inicio", "início", "début", "ເວລາເລີ່ມ", "เวลาเริ่ม", "bắt đầu"),
    "end": ("end", "ended", "finished", "completed at", "end time", "service end", "closed", "closed at", "departure",
            "left at", "ende", "fin", "fim", "final", "ເວລາສິ້ນສຸດ", "เวลาเสร็จ", "kết thúc"),
    "wait": ("wait", "waited", "wait time", "waiting time", "waiting", "wartezeit", "espera", "tiempo de espera",
             "attente", "ເວລາລໍຖ້າ", "เวลารอ", "thời gian chờ"),
    "service_time": ("service time", "serving time", "transaction time", "handling time", "duration", "took", "dauer",
                     "tiempo de servicio", "durée", "ເວລາບໍລິການ", "เวลาให้บริการ"),
    "counter": ("counter", "desk", "window", "booth", "server", "agent", "teller", "org:resource", "platz", "schalter",
                "ventanilla", "guiché", "guichet", "ປ່ອງ", "ช่อง", "quầy"),
    "class": ("class", "priority", "priority class", "customer type", "segment", "prioridad", "prioridade",
              "ບຸລິມະສິດ", "ประเภทลูกค้า", "ưu tiên"),
    "language": ("language", "lang", "sprache", "idioma", "langue", "ພາສາ", "ภาษา"),
    "outcome": ("outcome", "status", "result", "state", "ticket status", "ergebnis", "wie", "estado", "situação",
                "état", "ສະຖານະ", "สถานะ", "trạng thái"),
    "event": ("event", "activity", "step", "concept:name", "action", "ereignis", "evento", "événement"),
    "time": ("time", "timestamp", "time:timestamp", "event time", "moment", "zeit", "hora", "heure"),
    "ended_by_next": ("ended_by_next",),
}  # fmt: skip

DATES = ("date", "day", "datum", "tag", "fecha", "data", "ວັນທີ", "วันที่", "ngày")

OUTCOMES: dict[str, tuple[str, ...]] = {
    "served": (
        "served",
        "completed",
        "complete",
        "done",
        "finished",
        "closed",
        "ok",
        "attended",
        "atendido",
        "serviced",
    ),
    "no_show": ("no show", "no_show", "noshow", "no-show", "absent", "missed", "ausente", "did not come"),
    "left": ("left", "abandoned", "reneged", "cancelled", "canceled", "walked away", "leave", "desistiu"),
    "expired": ("expired", "timed out", "timeout", "end of day"),
    "": ("open", "waiting", "pending", "in progress", "called", "serving"),
}

EVENTS: dict[str, tuple[str, ...]] = {
    "issue": ("issue", "issued", "created", "ticket issued", "arrival", "arrive", "check in", "enqueue", "schedule"),
    "call": ("call", "called", "first call", "assign", "assigned"),
    "recall": ("recall", "recalled", "call again"),
    "start": ("start", "started", "begin", "service start", "serving"),
    "end": ("end", "ended", "complete", "completed", "finished", "finish", "service end", "served", "closed"),
    "transfer": ("transfer", "transferred", "forward", "forwarded", "sent on"),
    "noshow": ("noshow", "no show", "no_show", "no-show", "missed", "absent"),
    "leave": ("leave", "left", "abandon", "abandoned", "withdraw", "cancelled", "canceled"),
    "expire": ("expire", "expired"),
    "park": ("park", "parked", "hold", "suspend"),
    "resume": ("resume", "resumed"),
    "requeue": ("requeue", "requeued", "returned"),
    "walk_in": ("walk_in", "walk in", "walk-in"),
    "freed": ("freed",),
    "reprint": ("reprint",),
    "open": ("open", "counter open", "login"),
    "pause": ("pause",),
    "break": ("break",),
    "close": ("close", "counter closed", "logout"),
}

FIRST = ("yes", "true", "1", "priority", "vip", "elderly", "disabled", "pregnant", "preferencial", "p")
"""Texts of a class that may come first."""
NOTHING = ("-", "--", "null", "none", "n/a", "na", "nan", "nil", "0", "00:00", "00:00:00", "0000-00-00 00:00:00")
"""Texts that stand for nothing where a time should be."""

DAY_FORMS = ("%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%d", "%d.%m.%Y", "%d-%m-%Y", "%Y/%m/%d", "%d/%m/%y", "%m/%d/%y",
             "%d-%b-%Y", "%d %b %Y", "%d-%b-%y", "%Y%m%d")  # fmt: skip
CLOCK_FORMS = ("%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p", "%H:%M:%S.%f", "%H.%M")
