using System.Text;

namespace UppalCrm.Web.Export;

/// <summary>Sends lines as they are made: a hundred thousand rows take no more memory than a hundred.</summary>
public sealed class CsvDownload(string fileName, Func<StringBuilder, CancellationToken, IAsyncEnumerable<int>> lines) : IResult
{
    private const int Piece = 32 * 1024;

    /// <param name="httpContext">The lines are appended to the builder one at a time; each number that comes back says that one is there.</param>
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.ContentType = "text/csv; charset=utf-8";
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.ContentDisposition = $"attachment; filename=\"{fileName}\"";
        var text = new StringBuilder(Piece + 4096).Append(CsvLines.ByteOrderMark);
        await foreach (var _ in lines(text, httpContext.RequestAborted))
        {
            if (text.Length >= Piece)
            {
                await SendAsync(response, text, httpContext.RequestAborted);
            }
        }

        await SendAsync(response, text, httpContext.RequestAborted);
    }

    private static async Task SendAsync(HttpResponse response, StringBuilder text, CancellationToken cancellationToken)
    {
        var bytes = Encoding.UTF8.GetBytes(text.ToString());
        text.Clear();
        await response.Body.WriteAsync(bytes, cancellationToken);
    }
}
