using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace UppalCrm.Simulator.Calls;

/// <summary>
/// A WAV file that grows: PCM, signed 16 bit, 16000 samples a second, one or two channels. Sound comes from the page in pieces;
/// what does not come is silence.
/// Not safe for two threads at once.
/// </summary>
internal sealed class RecordingFile : IDisposable
{
    /// <summary>Samples a second, of each channel.</summary>
    public const int SampleRate = 16_000;

    private const int HeaderBytes = 44;

    private readonly FileStream _file;
    private readonly int _channels;

    public RecordingFile(string path, int channels)
    {
        Path = path;
        _channels = channels;
        _file = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read, bufferSize: 1);
        _file.Write(Header(0));
    }

    public string Path { get; }

    /// <summary>What has been written so far.</summary>
    public TimeSpan Length => TimeSpan.FromSeconds((_file.Length - HeaderBytes) / (double)(SampleRate * 2 * _channels));

    /// <summary>Adds sound.</summary>
    /// <param name="stereo">
    /// Two interleaved channels, left ours and right the customer's, signed 16 bit, little endian. A mono file takes their sum.
    /// </param>
    /// <returns>The loudest sample of this piece, from 0 to 32768.</returns>
    public int Append(ReadOnlySpan<byte> stereo)
    {
        var samples = MemoryMarshal.Cast<byte, short>(stereo[..(stereo.Length / 4 * 4)]);
        var peak = 0;
        foreach (var sample in samples)
        {
            peak = Math.Max(peak, Math.Abs((int)sample));
        }

        _file.Seek(0, SeekOrigin.End);
        if (_channels == 2)
        {
            _file.Write(MemoryMarshal.AsBytes(samples));
            return peak;
        }

        var mono = new short[samples.Length / 2];
        for (var i = 0; i < mono.Length; i++)
        {
            mono[i] = (short)Math.Clamp(samples[2 * i] + samples[(2 * i) + 1], short.MinValue, short.MaxValue);
        }

        _file.Write(MemoryMarshal.AsBytes<short>(mono));
        return peak;
    }

    /// <summary>Fills up with silence. Longer files stay as they are.</summary>
    public void PadTo(TimeSpan length)
    {
        var bytes = HeaderBytes + BytesOf(length);
        if (_file.Length < bytes)
        {
            _file.SetLength(bytes); // The file system keeps a hole: silence costs no disk.
        }
    }

    /// <summary>Makes the file exactly so long, and its header true.</summary>
    public void Finish(TimeSpan length)
    {
        var bytes = BytesOf(length);
        _file.SetLength(HeaderBytes + bytes);
        _file.Seek(0, SeekOrigin.Begin);
        _file.Write(Header(bytes));
        _file.Flush();
        _file.Dispose();
    }

    public void Dispose() => _file.Dispose();

    private int BytesOf(TimeSpan length) => checked((int)(Math.Max(0, length.TotalSeconds) * SampleRate)) * 2 * _channels;

    private byte[] Header(int dataBytes) => WavHeader(dataBytes, SampleRate, _channels);

    public static byte[] WavHeader(int dataBytes, int sampleRate, int channels)
    {
        var header = new byte[HeaderBytes];
        "RIFF"u8.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(4), 36 + dataBytes);
        "WAVEfmt "u8.CopyTo(header.AsSpan(8));
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(16), 16);
        BinaryPrimitives.WriteInt16LittleEndian(header.AsSpan(20), 1);
        BinaryPrimitives.WriteInt16LittleEndian(header.AsSpan(22), (short)channels);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(24), sampleRate);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(28), sampleRate * 2 * channels);
        BinaryPrimitives.WriteInt16LittleEndian(header.AsSpan(32), (short)(2 * channels));
        BinaryPrimitives.WriteInt16LittleEndian(header.AsSpan(34), 16);
        "data"u8.CopyTo(header.AsSpan(36));
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(40), dataBytes);
        return header;
    }
}
