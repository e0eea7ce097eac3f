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
    /// <param name="numberColumns">How many numbers a contact has at most.</param>
    internal static async IAsyncEnumerable<string> WriteAsync(
        IAsyncEnumerable<Contact> contacts, int numberColumns, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var columns = Enumerable.Range(1, Math.Max(1, numberColumns)).ToList();
        yield return CsvRow.Of(["Name", "Company", "E-mail", .. columns.SelectMany(i => new[] { $"Phone {i}", $"Phone {i} - Label", $"Phone {i} - Extension" }), "Notes"]);
        await foreach (var contact in contacts.WithCancellation(cancellationToken))
        {
            var numbers = contact.Numbers.OrderBy(n => n.Id).ToList();
            yield return CsvRow.Of(
                [
                    contact.Name, contact.Company, contact.Email,
                    .. columns.SelectMany(i => i <= numbers.Count ? new[] { numbers[i - 1].Number, numbers[i - 1].Label, numbers[i - 1].Extension } : new string?[3]),
                    contact.Notes,
                ]);
        }
    }

    private static async Task<CsvDownload> ExportAsync(HttpContext http, ContactBook book, AuditLog audit, TimeProvider time, CancellationToken cancellationToken)
    {
        await audit.WriteAsync(AuditAction.ContactsExported, http.User.AgentId(), null, null, cancellationToken); // before the first line
        var numberColumns = await book.CountMostNumbersAsync(cancellationToken);
        return new CsvDownload(
            $"contacts-{time.GetUtcNow():yyyyMMdd-HHmmss}.csv", token => WriteAsync(book.ReadAllAsync(MostRows, token), numberColumns, token));
    }
}
