using Microsoft.AspNetCore.Components.Server.Circuits;

namespace UppalCrm.Web.Board;

/// <summary>Wires the board: each circuit knows whether its browser is there.</summary>
public static class BoardSetup
{
    public static WebApplicationBuilder AddBoard(this WebApplicationBuilder builder)
    {
        builder.Services.AddScoped<CircuitLink>();
        builder.Services.AddScoped<CircuitHandler>(services => services.GetRequiredService<CircuitLink>());
        return builder;
    }
}

/// <summary>
/// Tells this circuit's pages when its browser is lost and back. A circuit without a browser goes on working unless told: a board
/// would draw pictures that nobody sees.
/// </summary>
public sealed class CircuitLink : CircuitHandler
{
    public event Action? Lost;

    public event Action? Back;

    public bool IsUp { get; private set; } = true;

    public override Task OnConnectionUpAsync(Circuit circuit, CancellationToken cancellationToken) => SetAsync(isUp: true);

    public override Task OnConnectionDownAsync(Circuit circuit, CancellationToken cancellationToken) => SetAsync(isUp: false);

    private Task SetAsync(bool isUp)
    {
        if (IsUp != isUp)
        {
            IsUp = isUp;
            (isUp ? Back : Lost)?.Invoke();
        }

        return Task.CompletedTask;
    }
}
