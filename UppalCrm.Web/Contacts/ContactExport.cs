using System.Runtime.CompilerServices;
using UppalCrm.Web.Export;
using UppalCrm.Web.Layout;
using UppalCrm.Web.SignIn;

namespace UppalCrm.Web.Contacts;

/// <summary>
/// <c>GET /contacts/export.csv</c>: everybody we know, as a file that our own import reads back to the same contacts. Each export leaves a
/// row in the audit.
/// </summary>
public static class ContactExport
{
    public const int MostRows = 250_000;

    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/contacts/export.csv", ExportAsync)
        .RequireAuthorization(policy => policy.RequireRole(Rights.RolesWith(Right.ExportContacts)))
        .RequireSecondLook();

    /// <summary>One row of headings, then one a contact.</summary>
    /// <param name="widest">How many numbers, addresses and extensions a contact has at most.</param>
    /// <param name="unwanted">Which of some numbers must not be called.</param>
    internal static async IAsyncEnumerable<string> WriteAsync(
        IAsyncEnumerable<Contact> contacts, ContactWidth widest, IReadOnlyList<ContactField> fields,
        Func<IReadOnlyCollection<string>, CancellationToken, Task<IReadOnlyDictionary<string, DoNotCallNumber>>> unwanted,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var columns = Enumerable.Range(1, Math.Max(1, widest.Numbers)).ToList();
        var mails = Enumerable.Range(2, Math.Max(0, widest.Emails - 1)).ToList();
        yield return CsvRow.Of(
            [
                "Name", "Company", "E-mail", .. mails.Select(i => $"E-mail {i}"),
                .. columns.SelectMany(
                    i => new[] { $"Phone {i}", $"Phone {i} - Label", $"Phone {i} - Extension", $"Phone {i} - Do not call" }),
                "Tags", .. fields.Select(field => field.Name), "Notes",
            ]);
        await foreach (var piece in contacts.Chunk(500).WithCancellation(cancellationToken))
        {
            var listed = await unwanted([.. piece.SelectMany(c => c.Numbers).Select(n => n.Number).Distinct()], cancellationToken);
            foreach (var contact in piece)
            {
                var numbers = contact.Numbers.OrderBy(n => n.Id).ToList();
                yield return CsvRow.Of(
                    [
                        contact.Name, contact.Company, contact.Email, .. mails.Select(i => contact.MoreEmails.ElementAtOrDefault(i - 2)),
                        .. columns.SelectMany(i => i <= numbers.Count ? CellsOf(numbers[i - 1], listed) : new string?[4]),
                        string.Join("; ", contact.Tags), .. fields.Select(field => contact.Fields.GetValueOrDefault(field.Id)),
                        contact.Notes,
                    ]);
            }
        }
    }

    private static string?[] CellsOf(ContactNumber number, IReadOnlyDictionary<string, DoNotCallNumber> listed) =>
        [number.Number, number.Label, number.Extension, listed.GetValueOrDefault(number.Number)?.Reason];

    private static async Task<CsvDownload> ExportAsync(
        HttpContext http, ContactBook book, ContactFields fields, DoNotCallList doNotCall, AuditLog audit, TimeProvider time,
        CancellationToken cancellationToken)
    {
        await audit.WriteAsync(AuditAction.ContactsExported, http.User.AgentId(), null, null, cancellationToken); // before the first line
        var widest = await book.FindWidestAsync(cancellationToken);
        var own = await fields.GetAsync(cancellationToken);
        return new CsvDownload(
            $"contacts-{time.GetUtcNow():yyyyMMdd-HHmmss}.csv",
            token => WriteAsync(book.ReadAllAsync(MostRows, token), widest, own, doNotCall.FindAsync, token));
    }
}
