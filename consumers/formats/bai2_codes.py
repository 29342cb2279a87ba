"""The type codes of BAI2: which way the money went, how, and which codes are totals of others.

    001-099 balances    100-399 credits    400-699 debits    700-799 loans
    890 information     900-919 the bank's own balances, 920-959 its credits, 960-999 its debits

Some codes are totals of others (`Total ..`, `Grand total ..`): in a transaction record they would
count money twice, so they are shown and not booked. A code that is in no table keeps its direction,
with `other` as its method and a warning.

399 and 699 (miscellaneous) carry everything at UK banks, with the code of the paper statement as
the first word of the text: `BGC`, `DDR`, `CHQ`.

Source: BAI "Cash Management Balance Reporting Specifications, version 2", appendix A; the table in
ministryofjustice/bai2.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from consumers.formats.errors import RowError
from consumers.formats.methods import Method, iso_method

_METHODS: Final[dict[Method, str]] = {
    "bank_transfer": (
        "120 121 122 135 136 142 143 145 162 163 164 165 166 167 168 169 191 195 196 198 201 206"
        " 208 216 229 275 277 373 391 420 421 422 445 447 451 452 462 463 464 465 466 467 469 491"
        " 493 495 496 498 501 506 508 516 529 575 577 673 691"
    ),
    "direct_debit": "155 156 455",
    "standing_order": "227 527",
    "cheque": "115 116 175 176 184 187 221 222 255 395 472 474 475 484 487 522 555",
    "cash": "295 353 366 595 629 666",
    "card": "147",
    "direct_debit_returned": "468 557",
    "interest": "242 346 354 355 359 654 659",
    "charge": "224 398 524 564 567 661 698",
    "other": (
        "105 106 108 118 123 171 172 173 174 178 189 202 212 213 214 218 226 232 233 234 235 236"
        " 237 238 240 241 243 244 245 246 247 248 249 252 254 257 258 261 263 266 268 274 276 278"
        " 281 286 301 302 306 308 319 331 342 344 345 347 348 349 350 351 357 358 362 363 364 367"
        " 368 369 372 374 376 377 378 379 381 382 383 384 386 387 388 392 393 394 397 399 406 408"
        " 409 415 423 435 476 477 478 479 481 485 489 502 512 513 514 518 526 531 533 535 538 540"
        " 541 542 543 544 546 547 548 549 552 554 558 561 563 566 568 574 578 581 585 586 587 597"
        " 616 622 627 631 633 634 641 644 646 650 651 656 657 658 662 663 664 665 667 668 669 672"
        " 674 676 677 678 679 681 682 683 684 686 687 688 689 692 693 694 695 696 697 699"
    ),
}
_KNOWN: Final = {code: method for method, codes in _METHODS.items() for code in codes.split()}
_TRANSFERS: Final = frozenset(("LVP", "UTF"))  # NatWest: low value payment, urgent transfer
_UNDOING: Final = frozenset(
    code
    for codes in (
        "123 252 254 255 257 258 261 266 268 395",
        "423 552 554 555 557 558 561 566 568 694",
    )
    for code in codes.split()
)
_TOTALS: Final = frozenset(
    code
    for codes in (
        "100 101 107 109 110 130 131 140 146 150 160 170 180 182 185 186 188 190 200 205 207 210",
        "215 230 231 239 250 251 256 260 270 271 280 285 294 303 304 305 307 309 310 315 316 318",
        "320 321 324 325 326 327 328 329 330 332 336 338 340 341 343 352 356 360 361 370 385 389",
        "390 400 401 403 405 410 412 416 430 446 450 470 471 480 482 486 490 500 505 507 510 515",
        "530 532 534 536 537 539 550 551 556 560 570 580 583 584 588 590 594 596 601 602 610 611",
        "612 613 614 615 617 618 621 623 625 626 628 630 632 640 655 670 685 690",
    )
    for code in codes.split()
)


@dataclass(frozen=True, slots=True)
class TypeCode:
    """What a code says of a transaction record: `sign` is +1 into the account, -1 out of it.

    `not_booked` says why it is no entry, such as `100 total`; then the sign means nothing.
    """

    sign: int
    method: Method
    is_known: bool = True
    undoes: bool = False
    not_booked: str | None = None


@lru_cache(maxsize=1024)
def type_code(code: str) -> TypeCode:
    """The meaning of a type code; RowError when it says neither in nor out."""
    if len(code) != 3 or not (code.isascii() and code.isdigit()):
        raise RowError("type code", code, "three digits are expected")
    number = int(code)
    sign = 1 if 100 <= number <= 399 or 920 <= number <= 959 else -1
    if code in _TOTALS:
        return TypeCode(sign, "other", not_booked=f"{code} total")
    if number == 890:
        return TypeCode(sign, "other", not_booked="890 information")
    if number < 100 or 900 <= number <= 919:
        return TypeCode(sign, "other", not_booked=f"{code} balance")
    if 700 <= number <= 899:
        raise RowError("type code", code, "neither a credit nor a debit of the account")
    method = _KNOWN.get(code)
    return TypeCode(sign, method or "other", method is not None, code in _UNDOING)


def method_by_text(text: str) -> Method:
    """The method by the code of the paper statement with which a UK bank begins the text."""
    code = text.partition(" ")[0]
    return "bank_transfer" if code in _TRANSFERS else iso_method(None, None, code)
