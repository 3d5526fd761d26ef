#!/usr/bin/env bash
# Packs the library, installs the package into an application that knows nothing else of this repository, and runs that.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_CLI_UI_LANGUAGE=en DOTNET_NOLOGO=1

packages=artifacts/packages
work=artifacts/smoke-test
project=nuget/SmokeTest/SmokeTest.csproj
property() { dotnet msbuild src/Microsoft.ML.Hydra -getProperty:"$1"; }
id=$(property PackageId)
version=$(property PackageVersion)

rm -rf "$work" nuget/SmokeTest/obj nuget/SmokeTest/bin
dotnet pack src/Microsoft.ML.Hydra -c Release
if [[ ! -f "$packages/$id.$version.nupkg" ]]; then
    echo "pack left no $packages/$id.$version.nupkg" >&2
    exit 1
fi

# An ML.NET of the next major version may lack members that are used: the package must not accept it.
if ! unzip -p "$packages/$id.$version.nupkg" "$id.nuspec" | grep -q "id=\"Microsoft.ML\" version=\"\[$(property MicrosoftMLVersion), $(property MicrosoftMLUpperBound))\""; then
    echo "the package's range of Microsoft.ML has other bounds than Directory.Packages.props" >&2
    exit 1
fi

# The package goes into an empty folder of its own. What is large and not ours is read where it lies already, unless that
# folder has a copy of our package, which would hide the one just packed.
global=$(dotnet nuget locals global-packages --list | sed 's/^[^:]*: //')
fallback=()
if [[ -d "$global" && ! -d "$global/${id,,}" ]]; then
    fallback=("-p:RestoreFallbackFolders=$global")
fi

settings=("-p:HydraPackageId=$id" "-p:HydraPackageVersion=$version" "-p:RestorePackagesPath=$PWD/$work/packages" "${fallback[@]}")
dotnet restore "$project" "${settings[@]}"
dotnet build "$project" -c Release --no-restore "${settings[@]}"
if [[ ! -d "$work/packages/${id,,}/$version" ]]; then
    echo "the application was not built with the package just packed" >&2
    exit 1
fi

dotnet nuget/SmokeTest/bin/Release/net10.0/SmokeTest.dll
