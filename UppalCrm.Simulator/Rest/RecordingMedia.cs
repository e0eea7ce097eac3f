using System.Buffers.Binary;
using UppalCrm.Simulator.Calls;

namespace UppalCrm.Simulator.Rest;

/// <summary>The sound of a recording: <c>/Recordings/{RE}</c> and <c>/Recordings/{RE}.wav</c>, with ranges.</summary>
internal sealed class RecordingMedia(Exchange exchange)
{
    /// <exception cref="RestException">There is none (yet), or not in this form.</exception>
    public async Task ServeAsync(HttpContext context, string name)
    {
        if (name.EndsWith(".mp3", StringComparison.Ordinal))
        {
            throw new RestException(404, 20404, "The simulator has recordings as WAV only: ask for .wav");
        }

        var sid = name.EndsWith(".wav", StringComparison.Ordinal) ? name[..^4] : name;
        var (path, channels, at) = await exchange.Loop.InvokeAsync(() => exchange.Recordings.Find(sid) is { Status: "completed" } recording
            ? (recording.File.Path, recording.Request.Channels, recording.StartedAt)
            : throw RestException.NotFound(context.Request.Path));
        switch (context.Request.Query["RequestedChannels"].ToString())
        {
            case "2" when channels == 1:
                throw new RestException(400, 16113, "Dual-channel media was asked for, and the recording is mono");
            case "1" when channels == 2:
                await Results.Bytes(
                    Mono(await File.ReadAllBytesAsync(path, context.RequestAborted)),
                    "audio/x-wav",
                    enableRangeProcessing: true,
                    lastModified: at).ExecuteAsync(context);
                break;
            default:
                await Results.File(path, "audio/x-wav", enableRangeProcessing: true, lastModified: at).ExecuteAsync(context);
                break;
        }
    }

    private static byte[] Mono(byte[] stereo)
    {
        const int header = 44;
        var frames = (stereo.Length - header) / 4;
        var mono = new byte[header + (frames * 2)];
        RecordingFile.WavHeader(frames * 2, RecordingFile.SampleRate, 1).CopyTo(mono, 0);
        for (var i = 0; i < frames; i++)
        {
            var left = BinaryPrimitives.ReadInt16LittleEndian(stereo.AsSpan(header + (4 * i)));
            var right = BinaryPrimitives.ReadInt16LittleEndian(stereo.AsSpan(header + (4 * i) + 2));
            var sum = left + right;
            BinaryPrimitives.WriteInt16LittleEndian(mono.AsSpan(header + (2 * i)), (short)Math.Clamp(sum, short.MinValue, short.MaxValue));
        }

        return mono;
    }
}
