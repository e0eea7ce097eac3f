using System.Text;

namespace UppalCrm.Web.Export;

/// <summary>Sends rows as they are made: a hundred thousand take no more memory than a hundred.</summary>
public sealed class CsvDownload(string fileName, Func<CancellationToken, IAsyncEnumerable<string>> rows) : IResult
{
    /// <summary>Characters sent at once.</summary>
    private const int Piece = 32 * 1024;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.ContentType = "text/csv; charset=utf-8";
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.ContentDisposition = $"attachment; filename=\"{fileName}\"";
        var text = new StringBuilder(Piece + 4096).Append(CsvRow.ByteOrderMark);
        await foreach (var row in rows(httpContext.RequestAborted))
        {
            text.Append(row);
            if (text.Length >= Piece)
            {
                await SendAsync();
            }
        }

        await SendAsync();

        async Task SendAsync()
        {
            await response.Body.WriteAsync(Encoding.UTF8.GetBytes(text.ToString()), httpContext.RequestAborted);
            text.Clear();
        }
    }
}
