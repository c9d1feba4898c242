from django.urls import path

from milestones.views import budgets, ledger, milestone, money, payouts, review, write_off

urlpatterns = [
    path("milestones/<int:pk>/", milestone.milestone, name="milestone"),
    path("milestones/<int:pk>/fund", milestone.fund, name="fund"),
    path("milestones/<int:pk>/submit", milestone.submit, name="submit"),
    path("milestones/<int:pk>/review", review.review, name="review"),
    path("payouts/", payouts.payouts, name="payouts"),
    path("payouts/approve", payouts.approve, name="payouts_approve"),
    path("payouts/export", payouts.export, name="payouts_export"),
    path("payouts/confirm", payouts.confirm, name="payouts_confirm"),
    path("payouts/fail", payouts.fail, name="payouts_fail"),
    path("payouts/requeue", payouts.requeue, name="payouts_requeue"),
    path("budgets/", budgets.budgets, name="budgets"),
    path("budgets/create", budgets.create, name="budget_create"),
    path("budgets/<int:pk>/", budgets.budget, name="budget"),
    path("budgets/<int:pk>/top-up", budgets.top_up, name="budget_top_up"),
    path("budgets/<int:pk>/change", budgets.change, name="budget_change"),
    path("budgets/<int:pk>/return", budgets.give_back, name="budget_return"),
    path("rates/create", budgets.add_rate, name="rate_create"),
    path("milestones/<int:pk>/write-off", write_off.write_off, name="write_off"),
    path("ledger/", ledger.ledger, name="ledger"),
    path("money/", money.money, name="money"),
    path("money/bank/", money.bank, name="bank"),
]
