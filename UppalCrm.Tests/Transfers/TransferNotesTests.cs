using Microsoft.EntityFrameworkCore;
using UppalCrm.Tests.Support;
using UppalCrm.Web.History;

namespace UppalCrm.Tests.Transfers;

/// <summary>What a sender says about a call that goes to no single colleague: it is kept, cleaned, and found again.</summary>
public sealed class TransferNotesTests
{
    private const string Bank = "+12025550177";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_note_is_kept_with_the_transfer_to_everybody_or_outside_without_card_numbers_and_not_too_long(bool outside)
    {
        await using var centre = await CallCentre.OpenAsync();
        var dana = await centre.HireAsync("Dana");
        var call = await centre.InCallAsync(dana);
        var typed = $"  Card 4111 1111 1111 1111 {new string('x', 600)}";

        Assert.True((outside
            ? await centre.Get<OutsideTransfers>().StartAsync(call.Id, dana, Bank, typed, consult: false, Token)
            : await centre.Transfers.StartToEverybodyAsync(call.Id, dana, typed, Token)).IsDone);

        var note = (await centre.GetAsync(call.Id)).Transfers.Single().Note!;
        Assert.StartsWith("Card ", note, StringComparison.Ordinal);
        Assert.DoesNotContain("4111 1111", note, StringComparison.Ordinal);
        Assert.Equal(500, note.Length);
    }

    [Fact]
    public async Task A_note_on_a_transfer_to_an_outside_number_stands_in_the_history_at_the_transfer_until_it_is_erased()
    {
        await using var centre = await CallCentre.OpenAsync();
        var dana = await centre.HireAsync("Dana");
        var call = await centre.InCallAsync(dana);
        foreach (var note in (string?[])["Her account is frozen", null])
        {
            Assert.True((await centre.Get<OutsideTransfers>().StartAsync(call.Id, dana, Bank, note, consult: false, Token)).IsDone);
            await centre.Transfers.CancelAsync(call.Id, dana, Token);
            centre.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(
            [
                "Dana called an outside number to transfer the call: “Her account is frozen”",
                "Dana called an outside number to transfer the call"
            ], await TransfersAsync());

        await centre.EndAsync(call);
        var admin = await centre.HireAsync("Ada");
        await centre.PromoteAsync(admin, Roles.Admin);
        var contact = await centre.AddContactAsync("The customer", "+12025550111");
        Assert.True((await centre.Get<CustomerErasure>().EraseAsync(contact, admin, Token)).IsDone);
        Assert.DoesNotContain(await TransfersAsync(), words => words.Contains("frozen", StringComparison.Ordinal));

        async Task<IEnumerable<string>> TransfersAsync() =>
            (await centre.Get<CallHistory>().FindAsync(call.Id, new HistoryReader(dana, false), Token))!.Events
            .Where(e => e.Kind == CallEventKind.TransferAsked).Select(e => HistoryLabels.EventOf(e, CallDirection.Inbound)!);
    }
}
