namespace UppalCrm.Tests.Support;

/// <summary>How Chromium is started, for journeys and benchmarks alike.</summary>
internal static class ChromiumArguments
{
    /// <summary>
    /// What Playwright 1.64 turns off (this list takes the place of its own), and the pop-ups of the address bar: Chromium 156 has pages
    /// of its own for them in each window, which nobody sees here and which took more CPU than ours.
    /// </summary>
    private const string Off =
        "AvoidUnnecessaryBeforeUnloadCheckSync,DestroyProfileOnBrowserClose,HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,LensOverlay,"
        + "MediaRouter,PaintHolding,ThirdPartyStoragePartitioning,AvoidCorsURLLoaderRestartOnRedirect,OptimizationHints,"
        + "NetworkTimeServiceQuerying,AimEnabled,PreconnectToSearch,"
        + "WebUIOmniboxPopup,WebUIOmniboxFullPopup,WebUIOmniboxAimPopup";

    public static IEnumerable<string> All { get; } =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", $"--disable-features={Off}",
    ];
}
