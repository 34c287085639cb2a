<#
.SYNOPSIS
Checks the files and the signature of the evidence bundle in the directory of this script, and nothing more: verify.sh,
verify.html and auditverify also check its entries, proofs and checkpoint.
.DESCRIPTION
    powershell -ExecutionPolicy Bypass -File verify.ps1 [FINGERPRINT | VERIFIER-KEY]

Windows PowerShell 5.1 or later. Windows has no Ed25519: the signature is checked where there is an openssl.exe of
version 3, as Git for Windows brings one. Exit status: 0 nothing found, 1 findings, 2 usage, 3 it could not be checked.
A finding is its kind, the file's path, and what is the matter, with tabs between.
#>
param([string]$Pin = '')

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'
$script:Findings = 0

function Write-Finding([string]$Kind, [string]$Path, [string]$What) {
    Write-Output ($Kind + "`t" + $Path + "`t" + $What)
    $script:Findings++
}

function Stop-Unchecked([string]$Why) {
    [Console]::Error.WriteLine('verify.ps1: ' + $Why)
    exit 3
}

function Get-Hex([byte[]]$Bytes) {
    return [BitConverter]::ToString($Bytes).Replace('-', '').ToLowerInvariant()
}

function Get-Digest([byte[]]$Bytes) {
    $sha = [Security.Cryptography.SHA256]::Create()
    try { return Get-Hex $sha.ComputeHash($Bytes) } finally { $sha.Dispose() }
}

# An Ed25519 public key in DER begins with these twelve bytes (RFC 8410).
$SpkiStart = [byte[]](0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00)

# The fingerprint of a pinned key, or an empty text when it is none.
function Get-PinnedFingerprint([string]$Text) {
    if ($Text -match '^[^+\s]+\+[0-9a-f]{8}\+([A-Za-z0-9+/]{44})$') {
        $raw = [Convert]::FromBase64String($Matches[1])
        return Get-Digest ([byte[]]($SpkiStart + $raw[1..32]))
    }
    $digits = ($Text -replace '[\s:]', '').ToLowerInvariant()
    if ($digits -cmatch '^[0-9a-f]{64}$') { return $digits }
    return ''
}

$Pinned = ''
if ($Pin -ne '') {
    $Pinned = Get-PinnedFingerprint $Pin
    if ($Pinned -eq '') {
        [Console]::Error.WriteLine("verify.ps1: '$Pin' is neither a fingerprint of 64 digits nor a verifier key")
        exit 2
    }
}

$Root = Split-Path -Parent $MyInvocation.MyCommand.Path
function Get-FullName([string]$Path) { return Join-Path $Root ($Path.Replace('/', '\')) }
function Test-File([string]$Path) { return Test-Path -LiteralPath (Get-FullName $Path) -PathType Leaf }
function Get-Bytes([string]$Path) { return , [IO.File]::ReadAllBytes((Get-FullName $Path)) }

if (-not (Test-File 'tagmanifest-sha256.txt') -and -not (Test-File 'bagit.txt')) {
    Stop-Unchecked 'this script is not in the directory of a bundle'
}

# ---- What is there. Ordinal comparison, as the manifests are sorted: PowerShell's own ignores case.

$There = New-Object 'Collections.Generic.SortedDictionary[string,string]' ([StringComparer]::Ordinal)
foreach ($item in Get-ChildItem -LiteralPath $Root -Recurse -Force) {
    $path = $item.FullName.Substring($Root.TrimEnd('\').Length + 1).Replace('\', '/')
    if ($item.Attributes -band [IO.FileAttributes]::ReparsePoint) {
        Write-Finding 'archive' $path 'it is a link'
    }
    elseif (-not $item.PSIsContainer) {
        $There[$path] = (Get-FileHash -LiteralPath $item.FullName -Algorithm SHA256).Hash.ToLowerInvariant()
    }
}
$Required = 'bagit.txt', 'bag-info.txt', 'manifest-sha256.txt', 'tagmanifest-sha256.txt', 'tagmanifest.sig',
    'data/bundle.json', 'data/completeness.json', 'proof/checkpoint.note', 'proof/seal.json', 'proof/keys.json',
    'proof/pubkeys.pem'
foreach ($path in $Required) {
    if (-not $There.ContainsKey($path)) { Write-Finding 'file-missing' $path 'a bundle must have this file' }
}
if ($There.ContainsKey('fetch.txt')) {
    Write-Finding 'manifest' 'fetch.txt' 'a bundle holds all of its files, and fetches none'
}

# ---- The manifests. One that is not well-formed says nothing about any file.

# The paths and digests of a manifest, or $null when it is not well-formed.
function Read-Manifest([string]$Name, [bool]$Payload) {
    $listed = New-Object 'Collections.Generic.SortedDictionary[string,string]' ([StringComparer]::Ordinal)
    $text = [Text.Encoding]::GetEncoding(28591).GetString((Get-Bytes $Name))
    if ($text -eq '') { return , $listed }
    if (-not $text.EndsWith("`n")) { return $null }
    $last = ''
    foreach ($line in $text.Substring(0, $text.Length - 1).Split("`n")) {
        if ($line -cnotmatch '\A([0-9a-f]{64})  ([A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)*)\z') { return $null }
        $digest = $Matches[1]
        $path = $Matches[2]
        if (('/' + $path + '/') -match '/\.{1,2}/') { return $null }
        if ($path.StartsWith('data/', [StringComparison]::Ordinal) -ne $Payload) { return $null }
        if ($path -ceq 'tagmanifest-sha256.txt' -or $path -ceq 'tagmanifest.sig') { return $null }
        if ([string]::CompareOrdinal($path, $last) -le 0) { return $null }
        $last = $path
        $listed[$path] = $digest
    }
    return , $listed
}

foreach ($name in 'manifest-sha256.txt', 'tagmanifest-sha256.txt') {
    if (-not $There.ContainsKey($name)) { continue }
    $payload = $name -ceq 'manifest-sha256.txt'
    $listed = Read-Manifest $name $payload
    if ($null -eq $listed) {
        Write-Finding 'manifest' $name 'it is not well-formed'
        continue
    }
    foreach ($path in $listed.Keys) {
        if (-not $There.ContainsKey($path)) {
            if ($Required -cnotcontains $path) { Write-Finding 'file-missing' $path "$name lists it" }
        }
        elseif ($There[$path] -cne $listed[$path]) { Write-Finding 'file-altered' $path "it is not as $name says" }
    }
    foreach ($path in $There.Keys) {
        if ($path -ceq 'tagmanifest-sha256.txt' -or $path -ceq 'tagmanifest.sig') { continue }
        if ($path.StartsWith('data/', [StringComparison]::Ordinal) -eq $payload -and -not $listed.ContainsKey($path)) {
            Write-Finding 'file-unlisted' $path 'no manifest lists it'
        }
    }
}

# ---- The signature

function Find-OpenSsl {
    $command = Get-Command 'openssl.exe' -CommandType Application -ErrorAction SilentlyContinue | Select-Object -First 1
    if ($command) { return $command.Path }
    foreach ($directory in $env:ProgramFiles, ${env:ProgramFiles(x86)}) {
        if (-not $directory) { continue }
        foreach ($place in 'Git\usr\bin\openssl.exe', 'Git\mingw64\bin\openssl.exe') {
            $file = Join-Path $directory $place
            if (Test-Path -LiteralPath $file) { return $file }
        }
    }
    return ''
}

# The key's fingerprint, or an empty text when the file is no Ed25519 key.
function Get-KeyFingerprint {
    $pem = [Text.Encoding]::ASCII.GetString((Get-Bytes 'proof/pubkeys.pem'))
    $form = '\A-----BEGIN PUBLIC KEY-----\n([A-Za-z0-9+/]{59}=)\n-----END PUBLIC KEY-----\n\z'
    if ($pem -cnotmatch $form) { return '' }
    $der = [Convert]::FromBase64String($Matches[1])
    if ((Get-Hex $der[0..11]) -cne (Get-Hex $SpkiStart)) { return '' }
    return Get-Digest $der
}

$Signature = 'unchecked'
$Is = ''
if ((Test-File 'tagmanifest-sha256.txt') -and (Test-File 'tagmanifest.sig') -and (Test-File 'proof/pubkeys.pem')) {
    $Is = Get-KeyFingerprint
    $keys = ''
    if (Test-File 'proof/keys.json') { $keys = [Text.Encoding]::UTF8.GetString((Get-Bytes 'proof/keys.json')) }
    if ($Is -eq '' -or -not $keys.Contains('"' + $Is + '"')) {
        Write-Finding 'signature' 'proof/pubkeys.pem' "it is not the bundle's key"
    }
    if ($Pinned -ne '' -and $Is -cne $Pinned) {
        Write-Finding 'signature' 'tagmanifest.sig' 'it is by a key that is not the one that you gave'
    }
    $openssl = Find-OpenSsl
    if ($openssl -ne '') {
        # What openssl says on its standard error is no error of this script's.
        $ErrorActionPreference = 'Continue'
        $help = (& $openssl pkeyutl -help 2>&1 | Out-String)
        if ($help.Contains('-rawin')) {
            $arguments = 'pkeyutl', '-verify', '-pubin', '-inkey', (Get-FullName 'proof/pubkeys.pem'), '-rawin',
                '-in', (Get-FullName 'tagmanifest-sha256.txt'), '-sigfile', (Get-FullName 'tagmanifest.sig')
            & $openssl $arguments 2>&1 | Out-Null
            if ($LASTEXITCODE -eq 0 -and (Get-Bytes 'tagmanifest.sig').Length -eq 64) { $Signature = 'good' }
            else {
                $Signature = 'bad'
                Write-Finding 'signature' 'tagmanifest.sig' "it is not the bundle key's signature of tagmanifest-sha256.txt"
            }
        }
        $ErrorActionPreference = 'Stop'
    }
}

# ---- What it comes to

if ($script:Findings -gt 0) {
    Write-Output "$($script:Findings) found. Do not rely on this bundle."
    exit 1
}
if ($Signature -ne 'good') {
    Write-Output 'All files are as the manifests say. There is no openssl.exe of version 3: the signature was NOT checked,'
    Write-Output 'so anybody may have made these manifests. verify.html checks it in a browser.'
    exit 3
}
Write-Output 'All files are as they were signed, and none is missing or added.'
if ($Pinned -ne '') { Write-Output 'They are signed by the key that you gave.' }
else {
    Write-Output 'They are signed by the key with this fingerprint; compare it with one that you were given by another way:'
    Write-Output $Is
}
Write-Output 'NOT checked: the hashes, links and proofs of the entries, the checkpoint and the time-stamp. verify.html checks'
Write-Output 'them in a browser, and auditverify on a command line. This script came with the bundle, as its key did.'
exit 0
