#!/usr/bin/env bash
# Packs the libraries, installs the packages into an application that knows nothing else of this repository, and runs that.
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
dotnet pack src/Microsoft.ML.Hydra.Text -c Release
for package in "$id" "$id.Text"; do
    if [[ ! -f "$packages/$package.$version.nupkg" ]]; then
        echo "pack left no $packages/$package.$version.nupkg" >&2
        exit 1
    fi
done

# The package of item texts uses internals of the other one: it asks for exactly this version.
if ! unzip -p "$packages/$id.Text.$version.nupkg" "$id.Text.nuspec" | grep -q "id=\"$id\" version=\"\[$version\]"; then
    echo "$id.Text does not ask for exactly $id $version" >&2
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
if [[ -d "$global" && ! -d "$global/${id,,}" && ! -d "$global/${id,,}.text" ]]; then
    fallback=("-p:RestoreFallbackFolders=$global")
fi

settings=("-p:HydraPackageId=$id" "-p:HydraPackageVersion=$version" "-p:RestorePackagesPath=$PWD/$work/packages" "${fallback[@]}")
dotnet restore "$project" "${settings[@]}"
dotnet build "$project" -c Release --no-restore "${settings[@]}"
if [[ ! -d "$work/packages/${id,,}/$version" || ! -d "$work/packages/${id,,}.text/$version" ]]; then
    echo "the application was not built with the packages just packed" >&2
    exit 1
fi

dotnet nuget/SmokeTest/bin/Release/net10.0/SmokeTest.dll
