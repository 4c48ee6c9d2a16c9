"""What a public Flow, a telephone menu, should do: talks with it. See ``talks`` for how to read a script.

All that is expected follows from the definition and from what is known of how Studio runs Flows. The definition
itself is not here.
"""

from __future__ import annotations

MENU = "call -> Trigger @main_menu"
WAITING = "silence -> main_menu:timeout @main_menu\n"
REP = "call_say connect_call_1"
FAILED = "press 8 -> main_menu main_menu_key_pressed:noMatch @main_menu_failed"
PRODUCTS = "press 1 -> main_menu main_menu_key_pressed list_of_products @products_ending"
PROMOS = "press 2 -> main_menu main_menu_key_pressed list_of_promos @promo_ending"
CARD = "press 3 -> main_menu main_menu_key_pressed @card_info_gather"
PIN = f"{CARD}\npress 1212 -> card_info_gather card_info_4digit_check @card_info_pin_gather"
ACCOUNT = f"{PIN}\npress 1234 -> card_info_pin_gather card_info_pin_check @check_acc_menu"
BALANCE = "press 1 -> check_acc_menu check_acc_info acc_bal_say @acc_details_end"
REWARDS = "press 3 -> check_acc_menu check_acc_info @reward_menu"
POINTS = f"{REWARDS}\npress 1# -> reward_menu reward_menu_digit points_play @rewards_ending_gather"
MEMBER = "press 4 -> main_menu main_menu_key_pressed become_member_say @become_member_gather"
ACTIVATE = "press 5 -> main_menu main_menu_key_pressed @activate_card_16digit"
#: Question of an activation -> its split, and the keys that it takes.
ACTIVATION = {
    "activate_card_16digit": ("activate_card_16digit_voice", "12121212121212"),
    "card_expiry_activate_gather": ("card_expiry_split", "1111"),
    "activate_cvv_gather": ("activate_cvv_split", "111"),
    "activate_year_birth_gather": ("activate_year_birth_split", "1990"),
    "activation_final_gather": ("activation_final_split", "9"),
}


def activated(until: str) -> str:
    """An activation from the main menu up to a question, which it waits at."""
    lines = [ACTIVATE]
    for before, following in zip(ACTIVATION, list(ACTIVATION)[1:], strict=False):
        if before == until:
            break
        split, keys = ACTIVATION[before]
        lines.append(f"press {keys} -> {before} {split} @{following}")
    return "\n".join(lines)


HOUSING = (
    f"""{MENU}
    < Hello, Welcome to Plastik.
    silence -> main_menu:timeout @main_menu
    press 9 -> main_menu main_menu_key_pressed @main_menu
    press 7 -> main_menu main_menu_key_pressed:noMatch @main_menu_failed
    < Sorry, We were not able to get your answer.
    press 5# -> main_menu_failed menu_failed_digit:noMatch @main_menu_failed
    press 1# -> main_menu_failed menu_failed_digit @main_menu
    = widgets.main_menu_failed.Digits "1"
    say One. -> main_menu:speech main_menu_speech:noMatch @main_menu_failed
    ~ main_menu_speech become
    say Help! -> main_menu_failed:speech menu_failed_voice:noMatch @main_menu_failed
    say 1 -> main_menu_failed:speech menu_failed_voice @main_menu
    {FAILED}
    silence -> main_menu_failed:timeout @main_menu
    respond function_1 200 {{}}
    press 6 -> main_menu main_menu_key_pressed function_1 @main_menu
    ? function_1 POST https://coral-goldfish-3386.twil.io/apitest {{}}
    """,
    f"""{MENU}
    outcome 11x connect_call_1 callCompleted
    press 0 -> main_menu main_menu_key_pressed {REP} @main_menu
    < You will be redirected
    % connect_call_1 to +12265059038
    respond function_1 404 {{}}
    press 6 -> main_menu main_menu_key_pressed function_1:fail {REP} @main_menu
    {FAILED}
    press 0# -> main_menu_failed menu_failed_digit {REP} @main_menu
    {FAILED}
    say 0 -> main_menu_failed:speech menu_failed_voice {REP} @main_menu
    {PRODUCTS}
    press 0 -> products_ending product_ending_digit {REP} @main_menu
    {PRODUCTS}
    say 0 -> products_ending:speech product_ending_speech {REP} @main_menu
    {PROMOS}
    press 0 -> promo_ending promo_ending_digit {REP} @main_menu
    {PROMOS}
    say 0 -> promo_ending:speech promo_ending_speech {REP} @main_menu
    {MEMBER}
    press 0 -> become_member_gather become_member_digit {REP} @main_menu
    {MEMBER}
    say 0 -> become_member_gather:speech become_member_voice {REP} @main_menu
    {activated("activation_final_gather")}
    press 0 -> activation_final_gather activation_final_split {REP} @main_menu
    """,
    f"""{MENU}
    outcome 6x connect_call_1 callCompleted
    {ACCOUNT}
    press 0 -> check_acc_menu check_acc_info {REP} @main_menu
    {ACCOUNT}
    {BALANCE}
    press 0 -> acc_details_end acc_detail_end_digit {REP} @main_menu
    {ACCOUNT}
    {BALANCE}
    say 0 -> acc_details_end:speech acc_detail_end_voice {REP} @main_menu
    {ACCOUNT}
    {POINTS}
    press 0# -> rewards_ending_gather rewards_ending_split {REP} @main_menu
    {ACCOUNT}
    press 4 -> check_acc_menu check_acc_info @card_issues_gather
    press 3# -> card_issues_gather card_issues_split {REP} @main_menu
    {ACCOUNT}
    press 5 -> check_acc_menu check_acc_info @account_issues_gather
    press 3# -> account_issues_gather split_4 {REP} @main_menu
    """,
    f"""{MENU}
    outcome connect_call_1 hangup
    press 0 -> main_menu main_menu_key_pressed call_say connect_call_1:hangup ...
    = widgets.connect_call_1.CallStatus "completed"
    """,
    f"""{MENU}
    {PRODUCTS}
    < Plastic credit card,
    < press 1 to repeat the list of products
    press 1 -> products_ending product_ending_digit list_of_products @products_ending
    press 7 -> products_ending product_ending_digit:noMatch products_no_answer @products_ending
    < Sorry, we were not able to get your answer
    press 9 -> products_ending product_ending_digit @main_menu
    {PRODUCTS}
    say 1 -> products_ending:speech product_ending_speech list_of_products @products_ending
    say One. -> products_ending:speech product_ending_speech:noMatch products_no_answer @products_ending
    say 9 -> products_ending:speech product_ending_speech @main_menu
    {PRODUCTS}
    silence -> products_ending:timeout .
    """,
    f"""{MENU}
    {PROMOS}
    < for every person you refer
    press 1 -> promo_ending promo_ending_digit @promo_ending
    press 7 -> promo_ending promo_ending_digit:noMatch @main_menu
    {PROMOS}
    press 9 -> promo_ending promo_ending_digit @main_menu
    {PROMOS}
    silence -> promo_ending:timeout @promo_ending
    say 1 -> promo_ending:speech promo_ending_speech @promo_ending
    say One. -> promo_ending:speech promo_ending_speech:noMatch promo_no_answer @promo_ending
    say 9 -> promo_ending:speech promo_ending_speech @main_menu
    {MEMBER}
    < a credit score of 300
    press 7 -> become_member_gather become_member_digit:noMatch @become_member_gather
    silence -> become_member_gather:timeout become_member_say @become_member_gather
    press 9 -> become_member_gather become_member_digit @main_menu
    {MEMBER}
    say Nine. -> become_member_gather:speech become_member_voice:noMatch @become_member_gather
    say 9 -> become_member_gather:speech become_member_voice @main_menu
    """,
    f"""{MENU}
    {CARD}
    press 9999 -> card_info_gather card_info_4digit_check:noMatch @card_info_gather
    press 0# -> card_info_gather card_info_4digit_check .
    """,
    f"""{MENU}
    {CARD}
    say Twelve twelve. -> card_info_gather:speech .
    """,
    f"""{MENU}
    {CARD}
    silence -> card_info_gather:timeout .
    """,
    f"""{MENU}
    {PIN}
    press 12# -> card_info_pin_gather card_info_pin_check:noMatch @card_info_pin_gather
    silence -> card_info_pin_gather:timeout @card_info_gather
    press 1212 -> card_info_gather card_info_4digit_check @card_info_pin_gather
    say No. -> card_info_pin_gather:speech .
    """,
    f"""{MENU}
    {ACCOUNT}
    < Press 1 for your account balance.
    silence -> check_acc_menu:timeout @check_acc_menu
    press 7 -> check_acc_menu check_acc_info:noMatch @check_acc_menu
    {BALANCE}
    < 4 thousand. three hundred. and 20 cents.
    press 7 -> acc_details_end acc_detail_end_digit:noMatch @acc_details_end
    press 1 -> acc_details_end acc_detail_end_digit @check_acc_menu
    press 2 -> check_acc_menu check_acc_info last_trans_say @acc_details_end
    say One. -> acc_details_end:speech acc_detail_end_voice:noMatch @acc_details_end
    say 1 -> acc_details_end:speech acc_detail_end_voice @check_acc_menu
    {BALANCE}
    press 9 -> acc_details_end acc_detail_end_digit @main_menu
    {ACCOUNT}
    {BALANCE}
    say 9 -> acc_details_end:speech acc_detail_end_voice @main_menu
    {ACCOUNT}
    {BALANCE}
    silence -> acc_details_end:timeout .
    """,
    f"""{MENU}
    {ACCOUNT}
    say Balance. -> check_acc_menu:speech .
    """,
    f"""{MENU}
    {ACCOUNT}
    {REWARDS}
    silence -> reward_menu:timeout @reward_menu
    press 3# -> reward_menu reward_menu_digit @reward_menu
    press 4# -> reward_menu reward_menu_digit @check_acc_menu
    {POINTS}
    < three thousand. eight hundred. and 20 plastic points
    silence -> rewards_ending_gather:timeout @rewards_ending_gather
    press 1# -> rewards_ending_gather rewards_ending_split @reward_menu
    press 2# -> reward_menu reward_menu_digit order_status_play @rewards_ending_gather
    press 7# -> rewards_ending_gather rewards_ending_split:noMatch @main_menu
    {ACCOUNT}
    {POINTS}
    press 9# -> rewards_ending_gather rewards_ending_split @main_menu
    {ACCOUNT}
    {POINTS}
    say Thanks. -> rewards_ending_gather:speech .
    """,
    f"""{MENU}
    {ACCOUNT}
    {REWARDS}
    say Points. -> reward_menu:speech .
    """,
    f"""{MENU}
    {ACCOUNT}
    {REWARDS}
    press 9# -> reward_menu reward_menu_digit:noMatch .
    """,
    *(
        f"""{MENU}
        {ACCOUNT}
        press {key} -> check_acc_menu check_acc_info @{gather}
        silence -> {gather}:timeout @check_acc_menu
        press {key} -> check_acc_menu check_acc_info @{gather}
        press 1# -> {gather} {split} @check_acc_menu
        press {key} -> check_acc_menu check_acc_info @{gather}
        press 2# -> {gather} {split} @main_menu
        {ACCOUNT}
        press {key} -> check_acc_menu check_acc_info @{gather}
        press 9# -> {gather} {split}:noMatch @main_menu
        {ACCOUNT}
        press {key} -> check_acc_menu check_acc_info @{gather}
        say Help! -> {gather}:speech .
        """
        for key, gather, split in (
            ("4", "card_issues_gather", "card_issues_split"),
            ("5", "account_issues_gather", "split_4"),
        )
    ),
    f"""{MENU}
    {activated("activation_final_gather")}
    < Press the pound key to return
    press 7 -> activation_final_gather activation_final_split:noMatch @activation_final_gather
    press 9 -> activation_final_gather activation_final_split @main_menu
    {activated("activate_card_16digit")}
    press 123# -> activate_card_16digit activate_card_16digit_voice:noMatch @activate_card_16digit
    press 12121212121212 -> activate_card_16digit activate_card_16digit_voice @card_expiry_activate_gather
    = widgets.activate_card_16digit.Digits "12121212121212"
    press 2222 -> card_expiry_activate_gather card_expiry_split:noMatch @activate_card_16digit
    press 12121212121212# -> activate_card_16digit activate_card_16digit_voice @card_expiry_activate_gather
    silence -> card_expiry_activate_gather:timeout @activate_card_16digit
    press 12121212121212 -> activate_card_16digit activate_card_16digit_voice @card_expiry_activate_gather
    press 1111 -> card_expiry_activate_gather card_expiry_split @activate_cvv_gather
    press 222 -> activate_cvv_gather activate_cvv_split:noMatch @activate_card_16digit
    """,
    f"""{MENU}
    {activated("activate_year_birth_gather")}
    press 1991 -> activate_year_birth_gather activate_year_birth_split:noMatch @activate_card_16digit
    """,
    f"""{MENU}
    {activated("activate_cvv_gather")}
    press 0# -> activate_cvv_gather activate_cvv_split .
    """,
    *(f"{MENU}\n{activated(gather)}\nsay Help! -> {gather}:speech ." for gather in ACTIVATION),
    *(
        f"{MENU}\n{activated(gather)}\nsilence -> {gather}:timeout ."
        for gather in ACTIVATION
        if gather != "card_expiry_activate_gather"
    ),
    f"""{MENU}
    {WAITING * 9}
    silence -> main_menu:timeout .
    ! 81001 main_menu
    """,
)
