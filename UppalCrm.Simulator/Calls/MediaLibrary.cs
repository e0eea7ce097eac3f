using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Text;

namespace UppalCrm.Simulator.Calls;

/// <summary>A piece of sound that Play asked for.</summary>
internal sealed record Media(string Id, byte[] Bytes, string ContentType, TimeSpan Duration);

/// <summary>
/// Fetches what Play plays, keeps it, and knows how long it lasts. A piece is kept for a minute without asking again: a looped
/// wait document would otherwise fetch it for every caller and every round.
/// </summary>
internal sealed class MediaLibrary(TimeProvider time) : IDisposable
{
    private const int Largest = 40 * 1024 * 1024;
    private static readonly TimeSpan KeptFor = TimeSpan.FromMinutes(1);

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, ConnectTimeout = TimeSpan.FromSeconds(5) })
    {
        Timeout = TimeSpan.FromSeconds(15),
        MaxResponseContentBufferSize = Largest,
    };

    private readonly ConcurrentDictionary<string, (Task<Media?> Media, DateTimeOffset At)> _byUrl = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Media> _byId = new(StringComparer.Ordinal);

    /// <summary>The network's own wait music.</summary>
    public const string MusicId = "music";

    public Media? Find(string id) => id == MusicId
        ? new Media(MusicId, Music.Wav, "audio/wav", DurationOf(Music.Wav) ?? TimeSpan.Zero)
        : _byId.GetValueOrDefault(id);

    /// <returns>Null when it cannot be had or is no sound.</returns>
    public async Task<Media?> GetAsync(string url)
    {
        var now = time.GetUtcNow();
        if (_byUrl.TryGetValue(url, out var kept) && now - kept.At < KeptFor)
        {
            return await kept.Media;
        }

        var fetching = Task.Run(() => FetchAsync(url));
        _byUrl[url] = (fetching, now);
        var media = await fetching;
        if (media is null)
        {
            _byUrl.TryRemove(url, out _); // The next one may have better luck.

            // What was good a minute ago is better than silence.
            return kept.Media is { IsCompletedSuccessfully: true } before ? await before : null;
        }

        return media;
    }

    public void Dispose() => _http.Dispose();

    private async Task<Media?> FetchAsync(string url)
    {
        try
        {
            using var response = await _http.GetAsync(url).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
            {
                return null;
            }

            var bytes = await response.Content.ReadAsByteArrayAsync().ConfigureAwait(false);
            if (DurationOf(bytes) is not { } duration)
            {
                return null;
            }

            var media = new Media(
                Sids.For("ME", url)[2..], bytes, response.Content.Headers.ContentType?.MediaType ?? "application/octet-stream", duration);
            _byId[media.Id] = media;
            return media;
        }
        catch (Exception ex) when (ex is HttpRequestException or OperationCanceledException
            or InvalidOperationException or UriFormatException or NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>From the header: WAV exactly; MP3 by the bit rate of its first frame.</summary>
    internal static TimeSpan? DurationOf(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > 44 && bytes[..4].SequenceEqual("RIFF"u8) && bytes[8..12].SequenceEqual("WAVE"u8))
        {
            var bytesPerSecond = 0;
            for (var at = 12; at + 8 <= bytes.Length;)
            {
                var id = Encoding.ASCII.GetString(bytes.Slice(at, 4));
                var size = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(at + 4)..]);
                if (id == "fmt " && at + 20 <= bytes.Length)
                {
                    bytesPerSecond = BinaryPrimitives.ReadInt32LittleEndian(bytes[(at + 16)..]);
                }
                else if (id == "data" && bytesPerSecond > 0)
                {
                    return TimeSpan.FromSeconds(Math.Min(size, (uint)(bytes.Length - at - 8)) / (double)bytesPerSecond);
                }

                if (size > int.MaxValue / 2)
                {
                    return null;
                }

                at += 8 + (int)size + ((int)size & 1);
            }

            return null;
        }

        var start = bytes.Length > 10 && bytes[..3].SequenceEqual("ID3"u8)
            ? 10 + (bytes[6] << 21) + (bytes[7] << 14) + (bytes[8] << 7) + bytes[9]
            : 0;
        ReadOnlySpan<int> kilobits = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0];
        for (var at = start; at + 4 < bytes.Length && at < start + 4096; at++)
        {
            if (bytes[at] == 0xFF && (bytes[at + 1] & 0xFE) == 0xFA && kilobits[bytes[at + 2] >> 4] is > 0 and var rate)
            {
                return TimeSpan.FromSeconds((bytes.Length - at) * 8 / (rate * 1000.0));
            }
        }

        return null;
    }
}
