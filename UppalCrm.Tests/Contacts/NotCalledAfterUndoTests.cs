using UppalCrm.Tests.Support;
using UppalCrm.Web.Contacts;

namespace UppalCrm.Tests.Contacts;

/// <summary>An undone import lifts what it alone said: a number that somebody else, too, wants not to be called stays.</summary>
public sealed class NotCalledAfterUndoTests : IDisposable
{
    private const string AdaAndBen = "Name,Phone,Do not call\nAda,2025550111,yes\nBen,2025550122,yes\n";

    private static readonly PhoneNumber Adas = PhoneNumber.Parse("+12025550111");
    private static readonly PhoneNumber Bens = PhoneNumber.Parse("+12025550122");
    private readonly ContactFiles _files = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task A_number_whose_owner_asked_again_stays_with_what_they_said_and_the_result_counts_it()
    {
        await using var centre = await CallCentre.OpenAsync();
        var import = await ImportAsync(centre, AdaAndBen);
        var list = centre.Get<DoNotCallList>();

        Assert.True((await list.AddAsync(Adas, "Asked again by letter", 2, Cancel)).IsDone);
        Assert.Equal("This number is not called already.", (await list.AddAsync(Adas, "And once more", 2, Cancel)).Reason);
        var undone = await UndoAsync(centre, import);

        Assert.Equal((2, 1), (undone.Removed, undone.StillNotCalled));
        Assert.Equal("Asked again by letter", (await list.FindAsync(Adas.Value, Cancel))?.Reason);
        Assert.Null(await list.FindAsync(Bens.Value, Cancel));
        Assert.Equal(
            "Undone: 2 removed, 0 as they were before. 1 number is still not called, because somebody has asked for it since.",
            ImportPage.InWords(undone));
    }

    [Fact]
    public async Task A_number_that_a_second_file_names_stays_when_the_first_is_undone_and_when_the_second_is()
    {
        await using var centre = await CallCentre.OpenAsync();
        var first = await ImportAsync(centre, AdaAndBen);
        var second = await ImportAsync(centre, "Name,Phone,Do not call\nAda,2025550111,yes\n");
        var list = centre.Get<DoNotCallList>();

        Assert.Equal(1, (await UndoAsync(centre, first)).StillNotCalled);
        Assert.Equal(0, (await UndoAsync(centre, second)).StillNotCalled); // the first brought it

        Assert.NotNull(await list.FindAsync(Adas.Value, Cancel));
        Assert.Null(await list.FindAsync(Bens.Value, Cancel));
    }

    [Fact]
    public async Task A_number_that_was_lifted_and_named_again_is_not_the_imports_any_more()
    {
        await using var centre = await CallCentre.OpenAsync();
        var import = await ImportAsync(centre, AdaAndBen);
        var list = centre.Get<DoNotCallList>();
        await list.LiftAsync(Adas, 2, Cancel);
        Assert.True((await list.AddAsync(Adas, "Changed their mind", 2, Cancel)).IsDone);

        await UndoAsync(centre, import);

        Assert.Equal("Changed their mind", (await list.FindAsync(Adas.Value, Cancel))?.Reason);
    }

    private async Task<long> ImportAsync(CallCentre centre, string text)
    {
        var result = await centre.Get<ContactImports>()
            .RunAsync(_files.Import(text).ReadAll(), "people.csv", WhenKnown.Add, 1, null, Cancel);
        centre.Clock.Advance(TimeSpan.FromMinutes(1));
        return result.ImportId;
    }

    private static async Task<UndoResult> UndoAsync(CallCentre centre, long import) =>
        (await centre.Get<ContactImports>().UndoAsync(import, 1, supervises: false, Cancel))!;
}
