from django.urls import path

from milestones.views import invoices, tax

urlpatterns = [
    path("invoices/", invoices.invoices, name="invoices"),
    path("invoices/download", invoices.download, name="invoices_download"),
    path("invoices/setup/", tax.invoice_setup, name="invoice_setup"),
    path("invoices/<int:pk>/", invoices.invoice, name="invoice"),
    path("invoices/<int:pk>/file", invoices.file, name="invoice_file"),
    path("invoices/<int:pk>/credit", invoices.credit, name="invoice_credit"),
    path("money/tax/", tax.tax, name="tax"),
]
