using System.Globalization;
using System.Runtime.InteropServices;

namespace UppalCrm.Simulator;

/// <summary>The network on its own: <c>dotnet run --project UppalCrm.Simulator</c>.</summary>
internal static class Program
{
    private static async Task<int> Main()
    {
        // What the network writes looks the same on every machine, whatever its language settings are.
        CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        PhoneNetwork network;
        try
        {
            network = await PhoneNetwork.StartAsync(SimulatorOptions.FromEnvironment(Environment.GetEnvironmentVariable));
        }
        catch (Exception ex) when (ex is SimulatorSettingException or IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync(ex is SimulatorSettingException ? ex.Message : $"The simulator cannot start: {ex.Message}");
            return 1;
        }

        await using (network)
        {
            Console.WriteLine($"""
                UppalCrm.Simulator, a stand-in for Twilio on this machine. Nothing here reaches a real telephone.

                  Phone network   {network.Address}   open it and press “Start the phone network”
                  What it can do  {network.Address}sim/help
                  What happens    {network.Address}sim/log

                A program uses it with these settings:

                """);
            foreach (var (name, value) in network.Settings)
            {
                Console.WriteLine($"  {name}={value}");
            }

            Console.WriteLine();
            Console.WriteLine("Ctrl+C ends it.");
            await UntilStoppedAsync();
        }

        return 0;
    }

    private static async Task UntilStoppedAsync()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            asked.TrySetResult();
        });
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
        {
            context.Cancel = true;
            asked.TrySetResult();
        });
        await asked.Task;
    }
}
