namespace UppalCrm.Core.Sessions;

/// <summary>
/// How long to wait after wrong passwords: nothing for the first four, then half a minute, doubling up to a quarter of an hour.
/// Guessing becomes hopeless, and nobody is locked out for good by a stranger who tries in their name.
/// </summary>
public static class SignInDelays
{
    private const int Free = 4;
    private static readonly TimeSpan First = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(15);

    /// <param name="failures">Wrong passwords in a row.</param>
    /// <returns>Null while none is due.</returns>
    public static TimeSpan? After(int failures)
    {
        if (failures <= Free)
        {
            return null;
        }

        var doublings = Math.Min(failures - Free - 1, 10);
        var delay = First * Math.Pow(2, doublings);
        return delay < Longest ? delay : Longest;
    }
}
