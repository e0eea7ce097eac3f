using Microsoft.Extensions.Logging;
using Microsoft.JSInterop;

namespace UppalCrm.Web.Softphone;

/// <summary>A phone number as the browser's number tables understand it.</summary>
/// <param name="Text">What was typed.</param>
/// <param name="E164">E.g. <c>+12025550111</c>; null when no number could be made of it.</param>
/// <param name="National">As written at home, e.g. <c>(202) 555-0111</c>.</param>
/// <param name="International">As written abroad, e.g. <c>+1 202 555 0111</c>.</param>
/// <param name="Country">ISO 3166 two letters; null when it belongs to none or several.</param>
/// <param name="Valid">Matches a range that the country has given out.</param>
/// <param name="Possible">Has a length the country uses.</param>
/// <param name="Reason">Why it is not possible, in words; null when it is.</param>
public sealed record ParsedNumber(
    string Text,
    string? E164,
    string? National,
    string? International,
    string? Country,
    bool Valid,
    bool Possible,
    string? Reason);

/// <summary>
/// Phone numbers in the forms people type, by libphonenumber-js in the browser. The server checks E.164 again for itself
/// (<c>UppalCrm.Core</c>): nothing here is a guard.
/// </summary>
public sealed class PhoneNumbers(IJSRuntime js, ILogger<PhoneNumbers> logger)
{
    /// <summary>How many numbers go over the circuit at once: a few tens of kilobytes, well below SignalR's limit of a message.</summary>
    private const int BatchSize = 250;

    private Task<IJSObjectReference>? _module;

    /// <summary>The text laid out as the country writes it, while it is being typed; unchanged when the page has gone.</summary>
    /// <param name="text">What the field holds.</param>
    /// <param name="country">ISO 3166 two letters, for numbers typed without <c>+</c>.</param>
    public async Task<string> FormatAsYouTypeAsync(string text, string country) =>
        await CallAsync<string>("formatAsYouType", text, country) ?? text;

    /// <summary>Understands one number. Never throws for a bad number: <see cref="ParsedNumber.Reason"/> says what is wrong.</summary>
    public async Task<ParsedNumber> ParseAsync(string text, string country) =>
        await CallAsync<ParsedNumber>("parseNumber", text, country) ?? NotRead(text);

    /// <summary>Understands many numbers, in batches; the answers are in the order of the questions.</summary>
    public async Task<IReadOnlyList<ParsedNumber>> ParseManyAsync(IReadOnlyList<string> texts, string country, CancellationToken cancellationToken = default)
    {
        var parsed = new List<ParsedNumber>(texts.Count);
        foreach (var batch in texts.Chunk(BatchSize))
        {
            cancellationToken.ThrowIfCancellationRequested();
            parsed.AddRange(await CallAsync<ParsedNumber[]>("parseNumbers", batch, country) ?? batch.Select(NotRead));
        }

        return parsed;
    }

    private static ParsedNumber NotRead(string text) =>
        new(text, null, null, null, null, false, false, "The number could not be checked because the page is no longer connected.");

    private async Task<T?> CallAsync<T>(string function, object argument, string country)
        where T : class
    {
        try
        {
            if (_module is null or { IsFaulted: true } or { IsCanceled: true })
            {
                _module = js.InvokeAsync<IJSObjectReference>("import", AgentPhone.ModulePath).AsTask();
            }

            return await (await _module).InvokeAsync<T>(function, argument, country);
        }
        catch (JSException ex)
        {
            logger.LogWarning(ex, "The browser's {Function} failed", function);
            return null;
        }
        catch (Exception ex) when (ex is JSDisconnectedException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            return null; // Prerendering, or the page has gone.
        }
    }
}
