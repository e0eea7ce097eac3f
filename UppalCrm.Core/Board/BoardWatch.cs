namespace UppalCrm.Core.Board;

/// <summary>A screen's look at the board: ends when disposed.</summary>
/// <param name="First">The floor when the watching began.</param>
public sealed record BoardWatch(IDisposable Subscription, BoardSnapshot First) : IDisposable
{
    public void Dispose() => Subscription.Dispose();
}
