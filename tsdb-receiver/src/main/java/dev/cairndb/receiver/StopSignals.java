package dev.cairndb.receiver;

import java.lang.reflect.Proxy;
import java.util.concurrent.TimeUnit;

/**
 * Reacts to SIGINT and SIGTERM: the first asks for a stop, the second ends the process at once. The JDK's class for
 * this is in the module jdk.unsupported, so it is looked up; without it the JVM's own reaction to signals stays.
 */
final class StopSignals {
    private static final int EXIT_BY_SIGNAL = 128;

    /** A terminal or a supervisor may send one signal twice, to the process and to its group. */
    private static final long TWICE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private StopSignals() {}

    static void onFirst(Runnable stop) {
        Object handler;
        try {
            Class<?> signalClass = Class.forName("sun.misc.Signal");
            Class<?> handlerClass = Class.forName("sun.misc.SignalHandler");
            Reaction reaction = new Reaction(stop);
            handler = Proxy.newProxyInstance(
                    StopSignals.class.getClassLoader(), new Class<?>[] {handlerClass}, (proxy, method, arguments) -> {
                        if (!method.getName().equals("handle")) {
                            // A proxy is asked for equals, hashCode and toString too.
                            return method.invoke(reaction, arguments);
                        }
                        int number = (int) signalClass.getMethod("getNumber").invoke(arguments[0]);
                        reaction.signal(number);
                        return null;
                    });
            for (String name : new String[] {"INT", "TERM"}) {
                Object signal = signalClass.getConstructor(String.class).newInstance(name);
                signalClass.getMethod("handle", signalClass, handlerClass).invoke(null, signal, handler);
            }
        } catch (ReflectiveOperationException | RuntimeException e) {
            Log.debug("signals end the process at once: " + Log.describe(e));
        }
    }

    private static final class Reaction {
        private final Runnable stop;
        private boolean asked;
        private long askedAtNanos;

        Reaction(Runnable stop) {
            this.stop = stop;
        }

        synchronized void signal(int number) {
            if (asked && System.nanoTime() - askedAtNanos < TWICE_NANOS) {
                return;
            }
            if (asked) {
                Log.warn("a second signal: ending at once");
                Runtime.getRuntime().halt(EXIT_BY_SIGNAL + number);
            }
            asked = true;
            askedAtNanos = System.nanoTime();
            Log.info("stopping; a second signal ends the process at once");
            stop.run();
        }
    }
}
