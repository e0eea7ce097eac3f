#!/usr/bin/env bash
# Writes EF's models as code, so that a start need not work them out: after every change of an entity or its mapping, beside the migration.
set -eu
cd "$(dirname "${BASH_SOURCE[0]}")/.."
models=UppalCrm.Core/Data/CompiledModels
rm -rf "$models"
dotnet tool restore >/dev/null
dotnet build UppalCrm.Core --nologo -v quiet -clp:NoSummary
for database in Sqlite SqlServer; do
  dotnet ef dbcontext optimize --no-build --project UppalCrm.Core --startup-project UppalCrm.Core --context "${database}CrmDbContext" \
    --output-dir "Data/CompiledModels/$database" --namespace "UppalCrm.Core.Data.CompiledModels.$database"
done
# Without a byte order mark, as every other file here.
find "$models" -name '*.cs' -exec sed -i '1s/^\xEF\xBB\xBF//' {} +
