using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Forms;
using Microsoft.JSInterop;
using UppalCrm.Web.Layout;
using UppalCrm.Web.Softphone;

namespace UppalCrm.Web.Contacts;

/// <summary>
/// A file is chosen, looked at, checked, imported, and taken back if it was the wrong one. It stays on the disk while the page is open.
/// </summary>
public sealed partial class ImportPage
{
    private const int Preview = 8;
    private const int Listed = 50;

    private static readonly (WhenKnown Choice, string Words)[] Choices =
    [
        (WhenKnown.Add, "add what it lacks, and overwrite nothing"),
        (WhenKnown.KeepBoth, "keep both"),
        (WhenKnown.Skip, "leave the row out"),
    ];

    /// <summary>What a column can hold, besides the administrator's fields, by the value in the list.</summary>
    private static readonly Dictionary<string, ColumnMeaning> Meanings =
        Enum.GetValues<ColumnMeaning>().Where(meaning => meaning != ColumnMeaning.Field).ToDictionary(meaning => meaning.ToString());

    private string? _folder;
    private ContactImport? _import;
    private IReadOnlyList<ContactField> _fields = [];
    private IReadOnlyList<int> _shown = [];
    private FileCheck? _check;
    private ImportResult? _result;
    private IReadOnlyList<ImportRun>? _latest;
    private ImportCounts _done;
    private WhenKnown _whenKnown;
    private CancellationTokenSource? _stop;
    private string _name = "";
    private int _rows;
    private string? _refusal;
    private string? _said;
    private int _me;
    private bool _supervises;
    private bool _reading;
    private bool _checking;
    private bool _importing;
    private bool _undoing;

    private bool Busy => _reading || _checking || _importing;

    private int HiddenColumns => _import!.File.Columns - _shown.Count;

    protected override async Task OnInitializedAsync()
    {
        var person = (await Who.GetAuthenticationStateAsync()).User;
        (_me, _supervises) = (person.AgentId(), person.Supervises());
        _fields = await OwnFields.GetAsync(Closed);
        _latest = await Imports.GetLatestAsync(5, Closed);
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _stop?.Dispose();
        Forget();
    }

    private async Task ReadAsync(InputFileChangeEventArgs e)
    {
        (_reading, _refusal, _said, _name) = (true, null, null, e.File.Name);
        StateHasChanged();
        try
        {
            if (e.File.Size > ContactFile.MostBytes)
            {
                throw new ContactFileException($"The file is larger than {ContactFile.MostBytes / 1024 / 1024} MB. Split it, and import "
                    + "the parts one after the other.");
            }

            Forget();
            _folder = Directory.CreateTempSubdirectory("uppalcrm-import-").FullName;
            var path = Path.Combine(_folder, "contacts");
            await using (var file = File.Create(path))
            await using (var stream = e.File.OpenReadStream(ContactFile.MostBytes, Closed))
            {
                await stream.CopyToAsync(file, Closed);
            }

            (_import, _rows) = await Task.Run(() =>
            {
                var import = new ContactImport(ContactFile.Open(path), Parser, Lines, _fields);
                return (import, import.Count());
            }, Closed);
            Show();
        }
        catch (ContactFileException ex)
        {
            _refusal = ex.Message;
        }
        catch (IOException)
        {
            _refusal = "The file could not be read. Choose it again.";
        }
        finally
        {
            _reading = false;
        }
    }

    /// <summary>Columns with nothing in them take no place on the page.</summary>
    private void Show() => _shown = [.. Enumerable.Range(0, _import!.File.Columns)
        .Where(i => _import.Meanings[i] != ColumnMeaning.Ignore || _import.Sample.Any(row => row[i].Length > 0))];

    private void OnHeadings(ChangeEventArgs e)
    {
        if (!int.TryParse(e.Value as string, CultureInfo.InvariantCulture, out var line) || line < 0
            || (line > 0 && _import!.File.Sample.All(row => row.Line != line)))
        {
            return; // nothing that the list offers
        }

        _import!.SetHeadings(line == 0 ? null : line);
        (_check, _rows) = (null, _import.Count());
        Show();
    }

    private Task OnEncodingAsync(ChangeEventArgs e) =>
        int.TryParse(e.Value as string, CultureInfo.InvariantCulture, out var codePage) && FileEncoding.Find(codePage) is { } encoding
            ? RereadAsync(encoding) : Task.CompletedTask; // nothing that the list offers

    private async Task RereadAsync(FileEncoding encoding)
    {
        (_reading, _refusal) = (true, null);
        StateHasChanged();
        try
        {
            var before = _import!;
            (_import, _rows) = await Task.Run(() =>
            {
                var import = before.Reread(encoding);
                return (import, import.Count());
            }, Closed);
            _check = null;
            Show();
        }
        catch (ContactFileException ex)
        {
            _refusal = $"The file cannot be read as {encoding.Name}: {ex.Message}";
        }
        catch (IOException)
        {
            _refusal = "The file could not be read. Choose it again.";
        }
        finally
        {
            _reading = false;
        }
    }

    private void OnMeaning(int column, ChangeEventArgs e)
    {
        var choice = e.Value as string ?? "";
        if (_fields.FirstOrDefault(f => $"{ColumnMeaning.Field}:{f.Id}" == choice) is { } field)
        {
            _import!.SetField(column, field);
        }
        else if (Meanings.TryGetValue(choice, out var meaning))
        {
            _import!.SetMeaning(column, meaning);
        }

        _check = null;
    }

    private string ChoiceOf(int column) =>
        _import!.FieldOf(column) is { } field ? $"{ColumnMeaning.Field}:{field.Id}" : _import.Meanings[column].ToString();

    /// <summary>Tags, the administrator's fields, and what must not be called.</summary>
    private string More(ContactDraft draft) => string.Join(
        "; ",
        draft.Tags.Concat(_fields.Where(f => draft.Fields.ContainsKey(f.Id)).Select(f => $"{f.Name}: {f.Show(draft.Fields[f.Id])}"))
            .Concat(draft.Numbers.Any(n => n.DoNotCall is not null) ? ["do not call"] : []));

    private async Task CheckAsync()
    {
        (_checking, _refusal) = (true, null);
        try
        {
            var import = _import!;
            // Away from the circuit's thread: a long file must not keep this page from answering, a ringing call least of all.
            _check = await Task.Run(() => FileCheck.Of(import, _folder!, Listed, Preview), Closed);
        }
        catch (ContactFileException ex)
        {
            _refusal = ex.Message;
        }
        finally
        {
            _checking = false;
        }
    }

    private Task ImportAsync() => OnceAsync(async () =>
    {
        (_importing, _done) = (true, default);
        _stop?.Dispose();
        _stop = CancellationTokenSource.CreateLinkedTokenSource(Closed);
        try
        {
            var (import, stop) = (_import!, _stop.Token);
            _result = await Task.Run(
                () => Imports.RunAsync(import.ReadAll(), _name, _whenKnown, _me, counts => Run(() => _done = counts), stop),
                CancellationToken.None);
        }
        finally
        {
            _importing = false;
        }
    });

    private async Task UndoAsync(long importId)
    {
        (_undoing, _said, _refusal) = (true, null, null);
        StateHasChanged();
        try
        {
            var undone = await Task.Run(() => Imports.UndoAsync(importId, _me, _supervises, Closed), Closed);
            if (undone is null)
            {
                _refusal = "This import was undone already, or is another agent's.";
            }
            else
            {
                _said = InWords(undone);
                Restart();
            }

            _latest = await Imports.GetLatestAsync(5, Closed);
        }
        finally
        {
            _undoing = false;
        }
    }

    private Task SaveRefusedAsync() => SaveAsync("contacts-not-imported.csv", _check!.RefusedPath);

    private Task SaveWarningsAsync() => SaveAsync("contacts-left-out.csv", _check!.WarningsPath);

    private async Task SaveAsync(string name, string path)
    {
        using var stream = new DotNetStreamReference(File.OpenRead(path));
        await using var module = await Js.InvokeAsync<IJSObjectReference>(AgentPhone.Module, Closed);
        await module.InvokeVoidAsync("saveFile", Closed, name, "text/csv;charset=utf-8", stream);
    }

    private void Restart()
    {
        (_import, _check, _result, _refusal) = (null, null, null, null);
        Forget();
    }

    /// <summary>The file was a person's: it stays no longer than it is needed.</summary>
    private void Forget()
    {
        try
        {
            if (_folder is not null)
            {
                Directory.Delete(_folder, recursive: true);
                _folder = null;
            }
        }
        catch (IOException)
        {
            // Read at this moment by an import that goes on to its end without the page. The machine clears its folder of temporary files.
        }
    }

    internal static string InWords(UndoResult undone) =>
        $"Undone: {Many(undone.Removed)} removed, {Many(undone.Restored)} as they were before"
        + (undone.Kept == 0 ? "." : $", {Many(undone.Kept)} kept because somebody has changed them since.")
        + undone.StillNotCalled switch
        {
            0 => "",
            1 => " 1 number is still not called, because somebody has asked for it since.",
            var count => $" {Many(count)} numbers are still not called, because somebody has asked for it since.",
        };

    private static string Many(int count) => count.ToString("N0", CultureInfo.InvariantCulture);

    private static string WordOf(ColumnMeaning meaning) => meaning switch
    {
        ColumnMeaning.Ignore => "Ignore",
        ColumnMeaning.NamePrefix => "Title before the name",
        ColumnMeaning.FirstName => "First name",
        ColumnMeaning.MiddleName => "Middle name",
        ColumnMeaning.NameParticle => "Particle (van, de)",
        ColumnMeaning.LastName => "Last name",
        ColumnMeaning.NameSuffix => "Suffix (Jr.)",
        ColumnMeaning.Email => "E-mail",
        ColumnMeaning.EmailLabel => "Kind of e-mail",
        ColumnMeaning.NumberLabel => "Label of the number",
        ColumnMeaning.CountryCode => "Country, or its code",
        ColumnMeaning.DoNotCall => "Do not call",
        _ => meaning.ToString(),
    };

    /// <summary>What a file would come to: counts, the first of each kind, and two files on the disk for the rest.</summary>
    private sealed class FileCheck
    {
        public List<CheckedRow> First { get; } = [];

        public List<CheckedRow> FirstWarned { get; } = [];

        public List<CheckedRow> FirstRefused { get; } = [];

        public int Ready { get; private set; }

        public int Warned { get; private set; }

        public int Refused { get; private set; }

        public int Rows => Ready + Refused;

        public required string RefusedPath { get; init; }

        public required string WarningsPath { get; init; }

        public static FileCheck Of(ContactImport import, string folder, int listed, int preview)
        {
            var check = new FileCheck
            {
                RefusedPath = Path.Combine(folder, "refused.csv"), WarningsPath = Path.Combine(folder, "warnings.csv"),
            };
            using var refused = new StreamWriter(
                check.RefusedPath, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
            using var warnings = new StreamWriter(
                check.WarningsPath, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
            refused.Write(CsvRow.Of([.. import.RefusedHeadings]));
            warnings.Write(CsvRow.Of("Line", "Name", "What was left out"));
            foreach (var row in import.ReadAll())
            {
                if (row.Draft is not { } draft)
                {
                    check.Refused++;
                    Keep(check.FirstRefused, row, listed);
                    refused.Write(CsvRow.Of([.. import.RefusedRow(row.Row, row.Refusal!)]));
                    continue;
                }

                check.Ready++;
                Keep(check.First, row, preview);
                if (row.Warnings.Count > 0)
                {
                    check.Warned++;
                    Keep(check.FirstWarned, row, listed);
                    warnings.Write(CsvRow.Of(row.Row.Line, draft.Name, string.Join(" ", row.Warnings)));
                }
            }

            return check;
        }

        private static void Keep(List<CheckedRow> rows, CheckedRow row, int most)
        {
            if (rows.Count < most)
            {
                rows.Add(row);
            }
        }
    }
}
