-- What a child process prints stands where C's stdio lets it: 'os.execute' sends nothing first, 'io.popen' does. -- expect: b
-- needs: io
io.stdout:setvbuf("full", 100000)
io.write("a\n") os.execute("echo b") -- expect: a
-- expect: c
io.popen("true"):close() os.execute("echo c")
io.write("d\n") io.stdout:flush() os.execute("echo e") -- expect: d
-- expect: e
-- expect: g
io.write("f") io.stdout:setvbuf("line") os.execute("echo g") io.write("h\ni") os.execute("echo j") -- expect: fh
-- expect: j
-- expect: ik
io.stdout:setvbuf("no") os.execute("echo k") io.write("l") os.execute("echo m") -- expect: lm
io.write("n\n") print("o") os.execute("echo p") -- expect: n
-- expect: o
-- expect: p
