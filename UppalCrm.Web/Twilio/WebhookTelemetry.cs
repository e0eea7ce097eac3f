namespace UppalCrm.Web.Twilio;

/// <summary>Measures how long a webhook takes, from its arrival to the answer, whatever the answer is.</summary>
internal sealed class WebhookTelemetry(TimeProvider time) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var started = time.GetTimestamp();
        var status = StatusCodes.Status500InternalServerError;
        try
        {
            var answer = await next(context);
            var result = answer is INestedHttpResult nested ? nested.Result : answer;
            status = result is IStatusCodeHttpResult { StatusCode: { } code } ? code : StatusCodes.Status200OK;
            return answer;
        }
        finally
        {
            var path = context.HttpContext.Request.Path.Value ?? "";
            CallTelemetry.WebhookAnswered(path[(path.LastIndexOf('/') + 1)..], status, time.GetElapsedTime(started));
        }
    }
}
