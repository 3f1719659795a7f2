package dev.cairndb.architecture;

import com.tngtech.archunit.core.domain.JavaClass;
import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Writes a module's public surface as text: its descriptor, then every public and protected signature it exports. */
final class ApiSignatures {
    private ApiSignatures() {}

    static String of(Modules.Module module) throws IOException {
        ModuleDescriptor descriptor = descriptor(module.classesFolder());
        StringBuilder text = new StringBuilder();
        appendDescriptor(text, descriptor);
        Set<String> exported = descriptor.exports().stream()
                .map(ModuleDescriptor.Exports::source)
                .collect(Collectors.toSet());
        module.classes().stream()
                .filter(type -> exported.contains(type.getPackageName()))
                .filter(type -> !type.getSimpleName().endsWith("-info"))
                .map(JavaClass::reflect)
                .filter(ApiSignatures::isVisible)
                .sorted(Comparator.comparing(Class::getName))
                .forEach(type -> appendType(text, type));
        return text.toString();
    }

    private static ModuleDescriptor descriptor(Path classes) throws IOException {
        try (InputStream in = Files.newInputStream(classes.resolve("module-info.class"))) {
            return ModuleDescriptor.read(in);
        }
    }

    private static void appendDescriptor(StringBuilder text, ModuleDescriptor descriptor) {
        text.append("module ").append(descriptor.name()).append('\n');
        descriptor.requires().stream()
                .filter(required -> !required.name().equals("java.base"))
                .sorted(Comparator.comparing(ModuleDescriptor.Requires::name))
                .forEach(required -> {
                    text.append("requires ");
                    required.modifiers().stream()
                            .sorted()
                            .forEach(modifier -> text.append(modifier.toString().toLowerCase(java.util.Locale.ROOT))
                                    .append(' '));
                    text.append(required.name()).append('\n');
                });
        descriptor.exports().stream().sorted().forEach(exports -> {
            text.append("exports ").append(exports.source());
            if (exports.isQualified()) {
                text.append(" to ").append(new TreeSet<>(exports.targets()));
            }
            text.append('\n');
        });
        descriptor.uses().stream()
                .sorted()
                .forEach(service -> text.append("uses ").append(service).append('\n'));
    }

    /** A nested type is seen only if all types around it are. */
    private static boolean isVisible(Class<?> type) {
        for (Class<?> each = type; each != null; each = each.getDeclaringClass()) {
            if (!isVisible(each.getModifiers()) || each.isAnonymousClass() || each.isLocalClass()) {
                return false;
            }
        }
        return true;
    }

    private static boolean isVisible(int modifiers) {
        return Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers);
    }

    private static void appendType(StringBuilder text, Class<?> type) {
        text.append('\n').append(typeLine(type)).append('\n');
        List<String> members = new ArrayList<>();
        for (Field field : type.getDeclaredFields()) {
            if (isVisible(field.getModifiers()) && !field.isSynthetic()) {
                members.add(field.isEnumConstant() ? field.getName() : fieldLine(field));
            }
        }
        for (Constructor<?> constructor : type.getDeclaredConstructors()) {
            if (isVisible(constructor.getModifiers()) && !constructor.isSynthetic()) {
                members.add(executableLine(constructor, "", "new"));
            }
        }
        for (Method method : type.getDeclaredMethods()) {
            if (isVisible(method.getModifiers()) && !method.isSynthetic()) {
                String returned =
                        nullable(method.getAnnotatedReturnType()) + shortName(method.getGenericReturnType()) + " ";
                members.add(executableLine(method, returned, method.getName()));
            }
        }
        members.stream()
                .sorted()
                .forEach(member -> text.append("    ").append(member).append('\n'));
    }

    private static String typeLine(Class<?> type) {
        int shown = type.getModifiers() & ~Modifier.STATIC & ~Modifier.INTERFACE;
        if (type.isInterface()) {
            shown &= ~Modifier.ABSTRACT;
        }
        StringBuilder line = new StringBuilder(deprecated(type));
        line.append(Modifier.toString(shown)).append(type.isSealed() ? " sealed " : " ");
        line.append(kind(type)).append(' ').append(shortName(type)).append(typeParameters(type.getTypeParameters()));
        Type above = type.getGenericSuperclass();
        if (above != null && above != Object.class && !type.isEnum() && !type.isRecord()) {
            line.append(" extends ").append(shortName(above));
        }
        String interfaces = Arrays.stream(type.getGenericInterfaces())
                .map(ApiSignatures::shortName)
                .collect(Collectors.joining(", "));
        if (!interfaces.isEmpty()) {
            line.append(type.isInterface() ? " extends " : " implements ").append(interfaces);
        }
        return line.toString();
    }

    private static String kind(Class<?> type) {
        if (type.isAnnotation()) {
            return "annotation";
        }
        if (type.isInterface()) {
            return "interface";
        }
        if (type.isEnum()) {
            return "enum";
        }
        return type.isRecord() ? "record" : "class";
    }

    private static String fieldLine(Field field) {
        return deprecated(field)
                + Modifier.toString(field.getModifiers())
                + ' '
                + nullable(field.getAnnotatedType())
                + shortName(field.getGenericType())
                + ' '
                + field.getName();
    }

    private static String executableLine(Executable executable, String returned, String name) {
        int hidden = Modifier.SYNCHRONIZED | Modifier.NATIVE | Modifier.STRICT | Modifier.VOLATILE | Modifier.TRANSIENT;
        String modifiers = Modifier.toString(executable.getModifiers() & ~hidden);
        String parameters = Stream.of(executable.getParameters())
                .map(parameter -> nullable(parameter.getAnnotatedType()) + parameterType(parameter))
                .collect(Collectors.joining(", "));
        String thrown = Stream.of(executable.getGenericExceptionTypes())
                .map(ApiSignatures::shortName)
                .sorted()
                .collect(Collectors.joining(", "));
        String typeParameters = typeParameters(executable.getTypeParameters());
        return deprecated(executable)
                + modifiers
                + ' '
                + typeParameters
                + (typeParameters.isEmpty() ? "" : " ")
                + returned
                + name
                + '('
                + parameters
                + ')'
                + (thrown.isEmpty() ? "" : " throws " + thrown);
    }

    private static String parameterType(Parameter parameter) {
        String name = shortName(parameter.getParameterizedType());
        return parameter.isVarArgs() ? name.substring(0, name.length() - 2) + "..." : name;
    }

    private static String typeParameters(TypeVariable<?>[] variables) {
        if (variables.length == 0) {
            return "";
        }
        UnaryOperator<String> bound = name -> name.equals("Object") ? "" : " extends " + name;
        return Arrays.stream(variables)
                .map(variable -> variable.getName()
                        + bound.apply(Arrays.stream(variable.getBounds())
                                .map(ApiSignatures::shortName)
                                .collect(Collectors.joining(" & "))))
                .collect(Collectors.joining(", ", "<", ">"));
    }

    private static String nullable(AnnotatedType type) {
        return type.isAnnotationPresent(Nullable.class) ? "@Nullable " : "";
    }

    private static String deprecated(AnnotatedElement element) {
        return element.isAnnotationPresent(Deprecated.class) ? "@Deprecated " : "";
    }

    /** Without the packages that everybody knows. */
    private static String shortName(Type type) {
        return type.getTypeName().replaceAll("\\bjava\\.(lang|util|io)\\.(?=[A-Z])", "");
    }
}
