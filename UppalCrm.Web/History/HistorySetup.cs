namespace UppalCrm.Web.History;

/// <summary>Wires the room: the history and the missed callers.</summary>
public static class HistorySetup
{
    public static WebApplication MapHistory(this WebApplication app)
    {
        HistoryExport.Map(app);
        return app;
    }
}
