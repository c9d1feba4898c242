"""Which services the walkers carry out, and which they don't, with the reason."""

# Carried out by a walker itself, by the module and the name of the use case. A walker tells what it did by these words.
ACTS = {
    # an offer, until both have signed
    "cutting.cut_scope", "drafting.draft_engagement", "estimates.estimate_and_sign", "offers._expire",
    "offers.decline_offer", "offers.send_offer", "offers.withdraw_offer", "signing.agree_and_sign",
    "signing.send_back",
    # the work
    "bonus.give_bonus", "completing.complete", "disputes.add_statement", "disputes.decide_dispute",
    "disputes.open_dispute", "disputes.pass_dispute_on", "disputes.take_back_dispute", "ending._end",
    "ending.agree_to_end", "ending.give_notice", "ending.take_back_notice", "funding.fund_milestone", "pausing.pause",
    "pausing.resume", "reviews.accept_holding_back", "reviews.accept_in_part", "reviews.accept_milestone",
    "reviews.request_changes", "submissions.submit_milestone", "windows.close_review_window",
    # what becomes another after it was signed
    "amendments._expire", "amendments.agree_amendment", "amendments.decline_amendment",
    "amendments.propose_amendment", "amendments.sign_amendment", "amendments.withdraw_amendment",
    # the money
    "answers.take_answer", "bank.save_bank_detail", "batches.approve", "batches.approve_each", "batches.confirm",
    "batches.export", "batches.take_out", "batches.take_out_each", "batches.void", "budgets.change_budget",
    "budgets.return_money", "budgets.top_up", "invoices.issue_credit_note", "payouts.confirm_each",
    "payouts.confirm_paid", "payouts.fail_each", "payouts.mark_failed", "payouts.mark_returned",
    "payouts.return_each", "write_offs.write_off",
}  # fmt: skip

# Services of other rooms that decide who may do one of these: the walkers do them as well.
AROUND = {
    "delegations.end_delegation", "delegations.end_past_delegation", "delegations.let_cover_stand_in",
    "delegations.name_delegate", "handover.hand_over", "measurements.record_measurement", "people.deactivate",
    "read_backs.accept_read_back", "read_backs.say_back",
}  # fmt: skip

# A clock that looked and found nothing to do.
IDLE = {"nothing_due"}

INSIDE = "a step of services above, in their transaction"
WORDS = "words: neither money nor a state of a milestone moves"
NO_MONEY = "kept for later payments: no money moves by it"
EXCEPTIONS = {
    "amending.carry_out": INSIDE,
    "amendments._end": INSIDE,
    "delivery.record_delivery": INSIDE,
    "invoices.issue_invoice": INSIDE,
    "invoices.issue_invoices": INSIDE,
    "invoices.take_back_rests": INSIDE,
    "ledger.post": INSIDE,
    "splitting.split_off": INSIDE,
    "sums._step": "sums of what has moved already, written down by the sweep",
    "asking.ask_about_estimates": WORDS,
    "asking.ask_for_faster": WORDS,
    "delivery.answer_appeal": WORDS,
    "delivery.appeal_row": WORDS,
    "invoice_papers.keep_invoice_paper": WORDS,
    "lateness.tell_late": WORDS,
    "offer_drafts.begin_offer_draft": WORDS,
    "offer_drafts.discard_offer_draft": WORDS,
    "offer_drafts.save_offer_draft": WORDS,
    "offer_drafts.spend_offer_draft": WORDS,
    "offers.join_by_link": WORDS,
    "offers.renew_link": WORDS,
    "offers.revoke_link": WORDS,
    "pulses.answer_pulse": WORDS,
    "pulses.note_talk": WORDS,
    "questions.answer_question": WORDS,
    "questions.ask_question": WORDS,
    "bank.ask_for_bank_detail": NO_MONEY,
    "bank.vouch_for_holder": NO_MONEY,
    "budgets.create_budget": NO_MONEY,
    "payment_setup.save_payment_setup": NO_MONEY,
    "rates.type_rate": NO_MONEY,
    "tax.save_invoice_setup": NO_MONEY,
    "tax.save_tax_detail": NO_MONEY,
}
