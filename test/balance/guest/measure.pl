#!/usr/bin/perl
# Runs a program with its output in a file, and prints its status, the milliseconds that it took and the KiB of memory
# that it had at the most.
use strict;
use warnings;
use Time::HiRes qw(time);

use constant { GETRUSAGE => 98, RUSAGE_CHILDREN => -1, MAXRSS => 4 };    # x86-64

my ($file, @words) = @ARGV;
my $start = time;
my $child = fork // die "fork: $!\n";
if (!$child) {
    open STDOUT, '>', $file or die "$file: $!\n";
    exec { $words[0] } @words or die "$words[0]: $!\n";
}
waitpid $child, 0;
my ($status, $milliseconds) = ($? >> 8, 1000 * (time - $start));
my $usage = "\0" x 144;
syscall(GETRUSAGE, RUSAGE_CHILDREN, $usage) == 0 or die "getrusage: $!\n";
printf "%d %.0f %d\n", $status, $milliseconds, (unpack 'q18', $usage)[MAXRSS];
