namespace UppalCrm.Simulator.Calls;

/// <summary>
/// The network's own wait music: eight quiet bars of soft chords, composed for this simulator. Every note ends before the
/// end of its bar, so the loop does not click.
/// </summary>
internal static class Music
{
    private const int Rate = 16_000;
    private const double BarSeconds = 2.5;

    /// <summary>Semitones above A3 (220 Hz): a bass note and three voices for each bar.</summary>
    private static readonly int[][] Bars =
    [
        [-9, 3, 7, 10], [-14, 2, 7, 10], [-12, 0, 3, 7], [-16, -1, 3, 8],
        [-9, 3, 7, 12], [-14, -2, 5, 10], [-11, 1, 6, 8], [-9, 3, 7, 10],
    ];

    private static readonly Lazy<byte[]> Made = new(Make);

    /// <summary>A WAV file: mono, 16 bit, 16000 samples a second, 20 s, to be played in a loop.</summary>
    public static byte[] Wav => Made.Value;

    private static byte[] Make()
    {
        var barSamples = (int)(BarSeconds * Rate);
        var sound = new double[Bars.Length * barSamples];
        for (var bar = 0; bar < Bars.Length; bar++)
        {
            for (var voice = 0; voice < 4; voice++)
            {
                // The voices come in one after another, as on a harp.
                var start = (bar * barSamples) + (voice * Rate / 6);
                var length = barSamples - (voice * Rate / 6);
                var frequency = 220 * Math.Pow(2, Bars[bar][voice] / 12.0);
                for (var i = 0; i < length; i++)
                {
                    var t = i / (double)Rate;
                    var envelope = Math.Min(1, t / 0.06) * Math.Exp(-1.1 * t) * Math.Min(1, (length - i) / (0.25 * Rate));
                    sound[start + i] += (voice == 0 ? 0.07 : 0.05) * envelope
                        * (Math.Sin(2 * Math.PI * frequency * t) + (0.25 * Math.Sin(4 * Math.PI * frequency * t)));
                }
            }
        }

        var wav = new byte[44 + (sound.Length * 2)];
        RecordingFile.WavHeader(sound.Length * 2, Rate, 1).CopyTo(wav, 0);
        for (var i = 0; i < sound.Length; i++)
        {
            System.Buffers.Binary.BinaryPrimitives.WriteInt16LittleEndian(
                wav.AsSpan(44 + (2 * i)), (short)Math.Round(Math.Clamp(sound[i], -1, 1) * short.MaxValue));
        }

        return wav;
    }
}
