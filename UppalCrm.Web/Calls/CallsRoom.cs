namespace UppalCrm.Web.Calls;

/// <summary>Wires the room: the history and the missed callers.</summary>
public static class CallsRoom
{
    public static WebApplication MapCalls(this WebApplication app)
    {
        HistoryExport.Map(app);
        return app;
    }
}
