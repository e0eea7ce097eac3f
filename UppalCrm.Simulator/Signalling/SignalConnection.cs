using System.Text.Json;

namespace UppalCrm.Simulator.Signalling;

/// <summary>One socket of one device.</summary>
internal sealed class SignalConnection(Socket socket)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public Socket Socket { get; } = socket;

    public Pass? Pass { get; set; }

    public bool IsRegistered { get; set; }

    public ITimer? Beat { get; set; }

    /// <summary>Why there is no pass.</summary>
    public (int Code, string Message) Refusal { get; set; } = (31201, "Authentication failed: no token was given");

    public void Send(string type, object payload) => Socket.Send(JsonSerializer.Serialize(new { payload, type, version = "1.6" }, Json));
}
