from django.urls import path

from milestones.views import budgets, ledger, milestone, money, payouts, review, submission

urlpatterns = [
    path("milestones/<int:pk>/", milestone.milestone, name="milestone"),
    path("milestones/<int:pk>/fund", milestone.fund, name="fund"),
    path("milestones/<int:pk>/submit", submission.submit, name="submit"),
    path("milestones/<int:pk>/review", review.review, name="review"),
    path("milestones/<int:pk>/weigh", review.weigh, name="weigh"),
    path("milestones/<int:pk>/bonus", review.give_bonus, name="give_bonus"),
    path("milestones/<int:pk>/pulse", review.pulse, name="pulse"),
    path("milestones/<int:pk>/talked", review.talked, name="talked"),
    path("files/<int:pk>/", submission.file, name="file"),
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
    path("ledger/", ledger.ledger, name="ledger"),
    path("money/", money.money, name="money"),
    path("money/bank/", money.bank, name="bank"),
]
