using System.Net;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using UppalCrm.Tests.Conventions;
using UppalCrm.Tests.Support;
using UppalCrm.Web.Audit;

namespace UppalCrm.Tests.Audit;

/// <summary>One list of what is on record, and that each of it leaves its row.</summary>
public sealed class OnRecordTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static IEnumerable<AuditAction> Actions => Enum.GetValues<AuditAction>().Where(action => action != AuditAction.Unknown);

    [Fact]
    public void The_list_in_the_docs_is_the_list_in_the_code()
    {
        var rows = File.ReadAllLines(Path.Combine(Repository.Root, "docs", "audit.md"))
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal));

        Assert.Equal(Actions.Select(action => $"| `{action.ToWord()}` | {AuditLabels.Of(action)} |"), rows);
    }

    [Fact]
    public void Each_action_is_written_somewhere()
    {
        var source = string.Concat(
            ((string[])["UppalCrm.Core", "UppalCrm.Web"]).SelectMany(
                project => Directory.EnumerateFiles(Path.Combine(Repository.Root, project), "*.cs", SearchOption.AllDirectories))
            .Where(file => !Repository.IsMade(file) && !Path.GetFileName(file).StartsWith("AuditLabels", StringComparison.Ordinal)
            && !Path.GetFileName(file).StartsWith("AuditAction", StringComparison.Ordinal))
            .Select(File.ReadAllText));
        var ofModes = (AuditAction[])[AuditAction.ListenStarted, AuditAction.WhisperStarted, AuditAction.BargeStarted]; // by the mode

        Assert.DoesNotContain(
            Actions.Except(ofModes),
            action => !Regex.IsMatch(source, $@"AuditAction\.{action}\b", RegexOptions.None, TimeSpan.FromSeconds(5)));
        Assert.Contains("AuditActions.StartOf(", source, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_done_and_what_is_refused_leaves_its_row()
    {
        await using var house = await House.OpenAsync();
        await using var dana = await AgentClient.SignInAsync(house, "dana@uppalcrm.test");
        var admin = await house.AgentIdAsync("admin@uppalcrm.test");
        await HasAsync(house, AuditAction.SignedIn, dana.AgentId);

        foreach (var closed in (string[])["/people", "/audit/export.csv", "/contacts/export.csv"])
        {
            using var refused = await dana.Http.GetAsync(closed, Cancel);
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
            await HasAsync(house, AuditAction.PageRefused, dana.AgentId, closed);
        }

        Assert.NotNull((await dana.DialAsync("+18765550123")).Error);
        await HasAsync(house, AuditAction.DialRefused, dana.AgentId);
        var dialled = await dana.DialAsync("+12025550111");
        await HasAsync(house, AuditAction.Dialled, dana.AgentId);
        var wrapUp = house.Services.GetRequiredService<CallWrapUp>();
        await wrapUp.SaveNotesAsync(dialled.CallId!.Value, dana.AgentId, "Rang", Cancel);
        await wrapUp.SaveNotesAsync(dialled.CallId.Value, dana.AgentId, "Rang twice", Cancel);
        await HasAsync(house, AuditAction.NotesWritten, dana.AgentId);
        await wrapUp.SetDispositionAsync(dialled.CallId.Value, dana.AgentId, "Sale", Cancel);
        await HasAsync(house, AuditAction.DispositionSet, dana.AgentId, "Sale");
        await dana.HangUpAsync(dialled.CallId.Value);

        var (book, merges) = (house.Services.GetRequiredService<ContactBook>(), house.Services.GetRequiredService<ContactMerges>());
        var one = (await book.CreateAsync(new ContactDraft("Ann", null, null, null, []), dana.AgentId, Cancel)).Contact!;
        var two = (await book.CreateAsync(new ContactDraft("Anne", null, null, null, []), dana.AgentId, Cancel)).Contact!;
        await HasAsync(house, AuditAction.ContactAdded, dana.AgentId, $"contact {one.Id}");
        await book.SaveAsync(one.Id, one.Version, new ContactDraft("Ann", "Acme", null, null, []), dana.AgentId, Cancel);
        await HasAsync(house, AuditAction.ContactChanged, dana.AgentId, $"contact {one.Id}");
        await Assert.ThrowsAsync<NotAllowedException>(() => merges.MergeAsync(one.Id, two.Id, dana.AgentId, Cancel));
        await Assert.ThrowsAsync<NotAllowedException>(() => book.DeleteAsync(one.Id, dana.AgentId, Cancel));
        await merges.MergeAsync(one.Id, two.Id, admin, Cancel);
        await HasAsync(house, AuditAction.ContactsMerged, admin);
        await book.DeleteAsync(one.Id, admin, Cancel);
        await HasAsync(house, AuditAction.ContactDeleted, admin);

        await house.Services.GetRequiredService<AuditTrail>().NoteReadAsync(admin, Cancel);
        await HasAsync(house, AuditAction.AuditRead, admin);
        using var stranger = house.OpenBrowser();
        for (var i = 0; i <= UppalCrm.Web.SignIn.SignInFlood.MostFailures; i++)
        {
            using var wrong = await stranger.PostAsync("/login", null, Cancel);
        }

        await HasAsync(house, AuditAction.SignInLimited, null);
        Assert.Null(await house.Services.GetRequiredService<AuditLog>().FindTamperedAsync(Cancel));
    }

    private static async Task HasAsync(House house, AuditAction action, int? agentId, string? detail = null)
    {
        await using var db = house.Database();
        Assert.True(
            await db.Audit.AnyAsync(
                row => row.Action == action && row.AgentId == agentId && (detail == null || row.Detail == detail), Cancel),
            $"{action} of {agentId} ({detail}) is not on record.");
    }
}
