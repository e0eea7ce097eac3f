using UppalCrm.Simulator.Calls;

namespace UppalCrm.Simulator.Phones;

/// <summary>A phone that a person holds, on the page.</summary>
internal sealed class PagePhone(Exchange exchange, bool isEngaged) : IFarEnd
{
    public bool HasSound => true;

    public void Ring(Leg leg)
    {
        if (isEngaged)
        {
            exchange.End(leg, LegStatus.Busy, 486, "is on another call");
            return;
        }

        exchange.Ringing(leg); // The page receives the leg's status and rings.
    }

    public Task<bool> ConnectAsync(Leg leg) => Task.FromResult(true);

    public void Connected(Leg leg)
    {
        // The page receives the leg's status.
    }

    public void Ended(Leg leg)
    {
        // The page receives the leg's status.
    }
}
