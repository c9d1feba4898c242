"""Pages that only show once a file was sent, for the fuzz to find their forms."""

from django.core.files.uploadedfile import SimpleUploadedFile

from milestones.models import PayoutBatch
from milestones.states import BatchStatus
from tests.milestones.test_queries_answers import entry, report
from tests.test_authz_matrix import World


def pages_after_upload(world: World) -> list[tuple[str, str, str]]:
    """(identity, address, page): the preview of a bank's answer."""
    batch = PayoutBatch.objects.filter(status=BatchStatus.EXPORTED, files__isnull=False).last()
    assert batch is not None
    file, reference = batch.files.get(), batch.lines.get().payout.end_to_end
    said = f"file,reference,status\n{file.message_id},{reference},paid\n"
    if file.kind == "pain.001":
        said = report(file.message_id, entry(reference, "ACSC"))
    answer = world.clients["finance"].post(
        "/payouts/answers/read", {"file": SimpleUploadedFile("answer", said.encode())}
    )
    return [("finance", "/payouts/answers/read", answer.content.decode())]
