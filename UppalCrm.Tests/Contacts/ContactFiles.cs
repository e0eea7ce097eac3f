using System.Text;

namespace UppalCrm.Tests.Contacts;

/// <summary>Files of contacts for tests: on the disk as a person has them, gone afterwards.</summary>
internal sealed class ContactFiles : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("uppalcrm-test-").FullName;
    private int _count;

    public ContactFile Open(string text, Encoding? encoding = null) =>
        Open([.. (encoding ?? Encoding.UTF8).GetPreamble(), .. (encoding ?? Encoding.UTF8).GetBytes(text)]);

    public ContactFile Open(byte[] bytes) => Open(bytes, $"{_count++}");

    /// <summary>For thousands of files: each takes the place of the one before.</summary>
    public ContactFile OpenNext(byte[] bytes) => Open(bytes, "next");

    private ContactFile Open(byte[] bytes, string name)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, bytes);
        return ContactFile.Open(path);
    }

    public ContactImport Import(string text, string home = "US", IReadOnlyList<ContactField>? fields = null) =>
        new(Open(text, new UTF8Encoding(false)), new NumberParser(() => home), new OurLines { Numbers = ["+12025550100"] }, fields);

    /// <summary>Every row, as text: name, company, address, numbers with extension and label, notes; or why it is refused.</summary>
    public List<string> Read(string text, string home = "US") => [.. Import(text, home).ReadAll().Select(Describe)];

    public static string Describe(CheckedRow row) => row.Draft is not { } draft ? $"! {row.Refusal}" : string.Join(
        " | ", new[]
        {
            draft.Name, draft.Company, draft.Email, string.Join(", ", draft.Numbers.Select(Describe)), draft.Notes,
        }.Select(part => part ?? "")).TrimEnd(' ', '|');

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Describe(NumberDraft number) =>
        number.Number + (number.Extension is null ? "" : $" x{number.Extension}") + (number.Label is null ? "" : $" [{number.Label}]");
}
