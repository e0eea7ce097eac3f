using System.Runtime.CompilerServices;
using UppalCrm.Web.Export;
using UppalCrm.Web.Layout;

namespace UppalCrm.Web.Contacts;

/// <summary><c>GET /contacts/export.csv</c>: everybody we know as a file that our own import reads again. Each export leaves a row in the audit.</summary>
public static class ContactExport
{
    public const int MostRows = 100_000;

    /// <summary>Columns for numbers. The last one takes all that remain.</summary>
    private const int NumberColumns = 5;

    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/contacts/export.csv", ExportAsync)
        .RequireAuthorization(policy => policy.RequireRole(Rights.RolesWith(Right.ExportContacts)));

    /// <summary>One row of headings, then one a contact.</summary>
    internal static async IAsyncEnumerable<string> WriteAsync(IAsyncEnumerable<Contact> contacts, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return CsvRow.Of(["Name", "Company", "E-mail", .. Enumerable.Range(1, NumberColumns).Select(i => $"Phone {i}"), "Notes"]);
        await foreach (var contact in contacts.WithCancellation(cancellationToken))
        {
            var numbers = contact.Numbers.OrderBy(n => n.Id).Select(n => n.Number).ToList();
            yield return CsvRow.Of(
                [
                    contact.Name, contact.Company, contact.Email,
                    .. Enumerable.Range(0, NumberColumns).Select(i => i < NumberColumns - 1 ? numbers.ElementAtOrDefault(i) : string.Join("; ", numbers.Skip(i))),
                    contact.Notes,
                ]);
        }
    }

    private static async Task<CsvDownload> ExportAsync(HttpContext http, ContactBook book, AuditLog audit, TimeProvider time, CancellationToken cancellationToken)
    {
        await audit.WriteAsync("contacts-exported", http.User.AgentId(), null, null, cancellationToken); // before the first line
        return new CsvDownload($"contacts-{time.GetUtcNow():yyyyMMdd-HHmmss}.csv", token => WriteAsync(book.ReadAllAsync(MostRows, token), token));
    }
}
